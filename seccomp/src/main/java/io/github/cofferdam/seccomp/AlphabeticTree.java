package io.github.cofferdam.seccomp;

/**
 * The trees of comparisons over a sequence of ranges, and over every interval of it, that take the
 * fewest steps on average, found by dynamic programming (Knuth 1971). At its lower end a tree may
 * ask for equality: one or a few single numbers between ranges that are alike take one test each,
 * not two.
 *
 * <p>A tree's cost is the sum over all ranges of weight times depth.
 */
final class AlphabeticTree {
  /** So many single numbers are asked for one after the other. */
  static final int FEW = 3;

  /** In shorter intervals every split is tried, not only those near the parts' own. */
  private static final int ALL_SPLITS = 4;

  private final NumbersLeft ranges;
  private final int count;
  private final double[] cost;
  private final int[] split;
  private final double[] weightBefore;

  /** Whether a range is a single number between two that are alike. */
  private final boolean[] between;

  AlphabeticTree(NumbersLeft ranges) {
    this.ranges = ranges;
    count = ranges.ranges();
    cost = new double[count * count];
    split = new int[count * count];
    weightBefore = new double[count + 1];
    between = new boolean[count];
    for (int i = 0; i < count; i++) {
      weightBefore[i + 1] = weightBefore[i] + ranges.weight(i);
      split[i * count + i] = i;
      between[i] =
          i > 0
              && i + 1 < count
              && ranges.target(i - 1) == ranges.target(i + 1)
              && ranges.isSingle(i);
    }
    // The costs of all intervals that end where the present ones do: read one after the other.
    var ending = new double[count];
    for (int to = 0; to < count; to++) {
      ending[to] = 0;
      for (int from = to - 1; from >= 0; from--) {
        ending[from] = optimise(from, to, ending);
        cost[from * count + to] = ending[from];
      }
    }
  }

  /** {@return the weight of some ranges} */
  double weight(int from, int to) {
    return weightBefore[to + 1] - weightBefore[from];
  }

  /** {@return the cost of the best tree over some ranges} */
  double cost(int from, int to) {
    return cost[from * count + to];
  }

  /** {@return the cost of the best tree over some ranges that first asks for a range or later} */
  double cost(int from, int to, int middle) {
    return weight(from, to) + cost(from, middle - 1) + cost(middle, to);
  }

  private double optimise(int from, int to, double[] ending) {
    int row = from * count;
    boolean near = to - from > ALL_SPLITS;
    int low = near ? Math.max(from + 1, split[row + to - 1]) : from + 1;
    int high = near ? Math.max(low, split[row + count + to]) : to;
    double best = Double.POSITIVE_INFINITY;
    int bestSplit = low;
    for (int middle = low; middle <= high; middle++) {
      double sum = cost[row + middle - 1] + ending[middle];
      if (sum < best) {
        best = sum;
        bestSplit = middle;
      }
    }
    split[row + to] = bestSplit;
    best += weightBefore[to + 1] - weightBefore[from];
    return onlySingles(from, to) ? Math.min(best, costOfSingles(from, to)) : best;
  }

  /** {@return whether no tree is better than asking for single numbers}: as quick, it is shorter */
  boolean isBestBySingles(int from, int to) {
    return onlySingles(from, to) && !isLess(cost(from, to), costOfSingles(from, to));
  }

  /** {@return whether a cost is less}; summed in another order, the last digits may differ */
  static boolean isLess(double cost, double other) {
    return cost * (1 + 1e-9) < other;
  }

  /** Whether every second range is a single number, and those around them are alike. */
  private boolean onlySingles(int from, int to) {
    if (to - from < 2 || to - from > 2 * FEW || (to - from) % 2 != 0) {
      return false;
    }
    for (int i = from + 1; i < to; i += 2) {
      if (!between[i]) {
        return false;
      }
    }
    return true;
  }

  private double costOfSingles(int from, int to) {
    int tests = (to - from) / 2;
    double sum = 0;
    for (int i = from; i <= to; i += 2) {
      sum += ranges.weight(i) * tests;
    }
    int step = 1;
    for (int single : singles(from, to)) {
      sum += ranges.weight(single) * step++;
    }
    return sum;
  }

  /** {@return every second range, most frequent first} */
  int[] singles(int from, int to) {
    var singles = new int[(to - from) / 2];
    for (int found = 0; found < singles.length; found++) {
      int range = from + 1 + 2 * found;
      int place = found;
      while (place > 0 && ranges.weight(singles[place - 1]) < ranges.weight(range)) {
        singles[place] = singles[place - 1];
        place--;
      }
      singles[place] = range;
    }
    return singles;
  }
}
