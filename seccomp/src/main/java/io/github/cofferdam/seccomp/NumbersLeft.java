package io.github.cofferdam.seccomp;

import java.util.Arrays;

/**
 * The numbers that are left when some bits are known, in order; those next to each other that lead
 * to the same are one range.
 *
 * <p>Without the known bits, the numbers that are left lie side by side again, so that a few
 * additions tell how many of them have a further bit:
 *
 * <pre>
 *   numbers        0 1 2 3 4 5 6 7 8 9
 *   bit 1 is set       2 3     6 7
 *   places             0 1     2 3
 * </pre>
 *
 * An item is a stretch of numbers of the search that stays together; its places end where those of
 * the next begin.
 */
final class NumbersLeft {
  /** Of each small number its product with its binary logarithm. */
  private static final double[] LOGARITHMIC = new double[1024];

  static {
    for (int i = 1; i < LOGARITHMIC.length; i++) {
      LOGARITHMIC[i] = i * Math.log(i) / Math.log(2);
    }
  }

  private int items;
  private int[] origins;
  private long[] places;
  private int ranges;
  private int[] firstItems;
  private int[] targets;
  private double[] weights;

  NumbersLeft(int items) {
    origins = new int[items];
    places = new long[items + 1];
    firstItems = new int[items + 1];
    targets = new int[items];
    weights = new double[items];
  }

  private NumbersLeft(NumbersLeft original) {
    items = original.items;
    origins = Arrays.copyOf(original.origins, items);
    places = Arrays.copyOf(original.places, items + 1);
    ranges = original.ranges;
    firstItems = Arrays.copyOf(original.firstItems, ranges + 1);
    targets = Arrays.copyOf(original.targets, ranges);
    weights = Arrays.copyOf(original.weights, ranges);
  }

  NumbersLeft copy() {
    return new NumbersLeft(this);
  }

  /** Begins again, at a place. */
  void clear(long place) {
    items = 0;
    ranges = 0;
    places[0] = place;
  }

  /**
   * Adds what comes next.
   *
   * @param origin which item of the search it comes from
   * @param end where its places end
   * @param target where it leads to
   * @param weight how often each of its numbers is searched for
   */
  void add(int origin, long end, int target, double weight) {
    long count = end - places[items];
    if (count == 0) {
      return;
    }
    if (ranges > 0 && targets[ranges - 1] == target) {
      weights[ranges - 1] += weight * count;
    } else {
      firstItems[ranges] = items;
      targets[ranges] = target;
      weights[ranges] = weight * count;
      ranges++;
    }
    origins[items++] = origin;
    places[items] = end;
    firstItems[ranges] = items;
  }

  int ranges() {
    return ranges;
  }

  /** {@return the first item of a range}; of the one behind the last, where the items end */
  int firstItem(int range) {
    return firstItems[range];
  }

  int target(int range) {
    return targets[range];
  }

  double weight(int range) {
    return weights[range];
  }

  /** {@return whether a range is one number} */
  boolean isSingle(int range) {
    return places[firstItems[range + 1]] - places[firstItems[range]] == 1;
  }

  int origin(int item) {
    return origins[item];
  }

  /** {@return where an item's places begin} */
  long place(int item) {
    return places[item];
  }

  /** {@return whether none of these comes after one of the others} */
  boolean isBefore(NumbersLeft others) {
    return origins[items - 1] <= others.origins[0];
  }

  /**
   * Splits some ranges by whether any of some bits is set.
   *
   * @param bits of the places; if they are several, all numbers with one of them lead to the same,
   *     and only those with the lowest are kept in set
   * @param weightOf by origin, how often each number is searched for
   */
  void split(int from, int to, int bits, double[] weightOf, NumbersLeft set, NumbersLeft clear) {
    int lowest = Integer.numberOfTrailingZeros(bits);
    int others = bits & (bits - 1);
    int item = firstItems[from];
    set.clear(placesWith(lowest, places[item]));
    clear.clear(placesWithout(others, lowest, places[item]));
    for (int range = from; range <= to; range++) {
      int target = targets[range];
      for (int end = firstItems[range + 1]; item < end; item++) {
        int origin = origins[item];
        long place = places[item + 1];
        set.add(origin, placesWith(lowest, place), target, weightOf[origin]);
        clear.add(origin, placesWithout(others, lowest, place), target, weightOf[origin]);
      }
    }
  }

  /** How many of the places before one have a bit set. */
  private static long placesWith(int bit, long before) {
    long rest = (before & ((2L << bit) - 1)) - (1L << bit);
    return (before >>> (bit + 1) << bit) + (rest & ~(rest >> 63));
  }

  /** How many of the places before one have neither a bit set nor any of those above it. */
  private static long placesWithout(int above, int bit, long before) {
    long places = before;
    int rest = above;
    while (rest != 0) {
      int highest = 31 - Integer.numberOfLeadingZeros(rest);
      places -= placesWith(highest, places);
      rest &= ~(1 << highest);
    }
    return places - placesWith(bit, places);
  }

  /**
   * {@return what no tree of comparisons does it in less than}: the weight times the entropy, in
   * bits, not counting that single numbers may be asked for
   */
  double bound() {
    return bound(0, ranges - 1);
  }

  /** {@return the same of some ranges} */
  double bound(int from, int to) {
    if (from >= to) {
      return 0;
    }
    double sum = 0;
    double bound = 0;
    for (int i = from; i <= to; i++) {
      sum += weights[i];
      bound -= logarithmic(weights[i]);
    }
    return bound + logarithmic(sum);
  }

  private static double logarithmic(double weight) {
    int rounded = (int) weight;
    return rounded == weight && rounded < LOGARITHMIC.length
        ? LOGARITHMIC[rounded]
        : weight * Math.log(weight) / Math.log(2);
  }
}
