package io.github.cofferdam.seccomp;

import io.github.cofferdam.seccomp.WordTest.Operator;
import java.util.ArrayList;
import java.util.List;

/**
 * The search for the range that a word lies in: of all trees of comparisons that keep the order,
 * the one that takes the fewest steps on average (an optimal alphabetic tree, found by dynamic
 * programming over all intervals of ranges).
 *
 * <p>At its lower end a tree may also ask for equality: one or a few single numbers between ranges
 * that are alike take one test each, not two.
 */
final class RangeSearch {
  /** So many single numbers are asked for one after the other. */
  static final int FEW = 3;

  /** Above this, only splits near those of neighbouring intervals are tried (Knuth 1971). */
  private static final int ALL_SPLITS = 64;

  /** In place of a split: the interval asks for its single numbers. */
  private static final int SINGLES = -1;

  private final Decisions decisions;
  private final int offset;
  private final int mask;
  private final List<Range> ranges = new ArrayList<>();
  private double[][] cost = new double[0][];
  private int[][] split = new int[0][];
  private double[] weightBefore = new double[0];

  private record Range(int first, Decision target, double weight) {}

  RangeSearch(Decisions decisions, int offset, int mask) {
    this.decisions = decisions;
    this.offset = offset;
    this.mask = mask;
  }

  /**
   * Adds a range that reaches to the next one's first number; the first begins with 0.
   *
   * @param weight how often it is searched for, relative to others
   */
  void add(int first, Decision target, double weight) {
    if (!ranges.isEmpty() && ranges.getLast().target.id() == target.id()) {
      Range last = ranges.removeLast();
      ranges.add(new Range(last.first, target, last.weight + weight));
    } else {
      ranges.add(new Range(first, target, weight));
    }
  }

  /** The root of the tree. */
  Decision build() {
    int count = ranges.size();
    cost = new double[count][count];
    split = new int[count][count];
    weightBefore = new double[count + 1];
    for (int i = 0; i < count; i++) {
      weightBefore[i + 1] = weightBefore[i] + ranges.get(i).weight;
    }
    for (int length = 2; length <= count; length++) {
      for (int from = 0; from + length <= count; from++) {
        optimise(from, from + length - 1);
      }
    }
    return build(0, count - 1);
  }

  private void optimise(int from, int to) {
    boolean near = ranges.size() > ALL_SPLITS && to - from > 2;
    int low = near ? Math.max(from + 1, nearSplit(from, to - 1, from + 1)) : from + 1;
    int high = near ? Math.max(low, nearSplit(from + 1, to, to)) : to;
    double best = Double.POSITIVE_INFINITY;
    int bestSplit = low;
    for (int middle = low; middle <= high; middle++) {
      double sum = cost[from][middle - 1] + cost[middle][to];
      if (sum < best) {
        best = sum;
        bestSplit = middle;
      }
    }
    best += weightBefore[to + 1] - weightBefore[from];
    if (onlySingles(from, to)) {
      double singles = costOfSingles(from, to);
      // As quick, and shorter. Sums in another order may differ in the last digits.
      if (singles <= best * (1 + 1e-9)) {
        best = singles;
        bestSplit = SINGLES;
      }
    }
    cost[from][to] = best;
    split[from][to] = bestSplit;
  }

  private int nearSplit(int from, int to, int otherwise) {
    return split[from][to] == SINGLES ? otherwise : split[from][to];
  }

  /** Whether every second range is a single number, and those around them are alike. */
  private boolean onlySingles(int from, int to) {
    if ((to - from) % 2 != 0 || to - from > 2 * FEW) {
      return false;
    }
    for (int i = from + 1; i < to; i += 2) {
      if (ranges.get(i).first + 1 != ranges.get(i + 1).first
          || ranges.get(i + 1).target.id() != ranges.get(from).target.id()) {
        return false;
      }
    }
    return true;
  }

  private double costOfSingles(int from, int to) {
    int tests = (to - from) / 2;
    double sum = 0;
    for (int i = from; i <= to; i += 2) {
      sum += ranges.get(i).weight * tests;
    }
    int step = 1;
    for (Range single : singles(from, to)) {
      sum += single.weight * step++;
    }
    return sum;
  }

  /** Most frequent first. */
  private List<Range> singles(int from, int to) {
    var singles = new ArrayList<Range>(FEW);
    for (int i = from + 1; i < to; i += 2) {
      int place = singles.size();
      while (place > 0 && singles.get(place - 1).weight < ranges.get(i).weight) {
        place--;
      }
      singles.add(place, ranges.get(i));
    }
    return singles;
  }

  private Decision build(int from, int to) {
    if (from == to) {
      return ranges.get(from).target;
    }
    int middle = split[from][to];
    if (middle == SINGLES) {
      Decision decision = ranges.get(from).target;
      for (Range single : singles(from, to).reversed()) {
        decision =
            decisions.test(
                new WordTest(offset, mask, Operator.EQUAL, single.first), single.target, decision);
      }
      return decision;
    }
    return decisions.test(
        new WordTest(offset, mask, Operator.AT_LEAST, ranges.get(middle).first),
        build(middle, to),
        build(from, middle - 1));
  }
}
