package io.github.cofferdam.seccomp;

import io.github.cofferdam.seccomp.WordTest.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The search for the range that a word lies in, in few steps on average.
 *
 * <p>Comparisons alone take as many steps as the best {@link AlphabeticTree} over the ranges. But
 * numbers that are treated alike often have a bit in common, and then one test of it does what
 * takes several comparisons. So wherever the search stands, with an interval of numbers of which
 * some bits are known, comparisons and bits are judged by what the best alphabetic trees over both
 * sides would cost, and those that promise most are followed to their end.
 */
final class RangeSearch {
  /**
   * So many tests are followed from where many ranges are left; elsewhere the most promising one.
   */
  private static final int FOLLOWED = 2;

  private static final int MANY = 10;

  /** Where more are left, only comparisons are tried: bits take a tree for each of their sides. */
  private static final int TOO_MANY = 200;

  /** More items are halved first: a tree takes the square of this in memory. */
  private static final int LARGEST = 1024;

  /** What promises to be worse than the best by more than this is not followed. */
  private static final double PROMISING = 1.02;

  private final Decisions decisions;
  private final int offset;
  private final int mask;
  private final List<Item> items = new ArrayList<>();
  private final Map<State, Plan> plans = new HashMap<>();
  private long end;

  /** By item: how often each of its numbers is searched for. */
  private double[] weights = new double[0];

  /** For one test after the other: what is left on its two sides. */
  private NumbersLeft set = new NumbersLeft(0);

  private NumbersLeft clear = new NumbersLeft(0);

  /** Numbers from first to the next item's, each of them searched for so often. */
  private record Item(int first, Decision target, double weight) {}

  /** Numbers of which some bits are known, all of them. */
  private record Scope(int known, int values, NumbersLeft left, AlphabeticTree tree) {
    static Part whole(int known, int values, NumbersLeft left) {
      NumbersLeft kept = left.copy();
      var scope = new Scope(known, values, kept, new AlphabeticTree(kept));
      return new Part(scope, 0, kept.ranges() - 1);
    }
  }

  /** Where the search stands: some ranges of a scope. */
  private record Part(Scope scope, int from, int to) {
    double weight() {
      return scope.tree.weight(from, to);
    }

    double cost() {
      return scope.tree.cost(from, to);
    }

    int firstItem() {
      return scope.left.firstItem(from);
    }

    int lastItem() {
      return scope.left.firstItem(to + 1) - 1;
    }
  }

  /** The same, told by the bits that say anything and by the first and the last item. */
  private record State(int known, int values, int from, int to) {
    @Override
    public boolean equals(Object other) {
      return other instanceof State state
          && known == state.known
          && values == state.values
          && from == state.from
          && to == state.to;
    }

    @Override
    public int hashCode() {
      return ((known * 31 + values) * 1009 + from) * 1009 + to;
    }
  }

  /** How to go on. */
  private sealed interface Plan {
    double cost();

    /** No further. */
    record End(Decision target) implements Plan {
      @Override
      public double cost() {
        return 0;
      }
    }

    /** With one test. */
    record Ask(double cost, WordTest test, Plan holds, Plan fails) implements Plan {}

    /** With single numbers, one after the other. */
    record Singles(double cost, List<WordTest> tests, List<Decision> targets, Decision otherwise)
        implements Plan {}
  }

  /** A test, where it leads to, and what that would cost with nothing but comparisons. */
  private record Candidate(double estimate, WordTest test, Part holds, Part fails) {}

  RangeSearch(Decisions decisions, int offset, int mask) {
    this.decisions = decisions;
    this.offset = offset;
    this.mask = mask;
  }

  /**
   * Adds numbers that reach to the next ones' first. What is before the first, or behind the last,
   * is never searched for.
   *
   * @param end the next ones' first
   * @param weight how often all of them are searched for, relative to others
   */
  void add(long first, long end, Decision target, double weight) {
    items.add(new Item((int) first, target, weight / (end - first)));
    this.end = end;
  }

  /** The root of the tree. */
  Decision build() {
    set = new NumbersLeft(LARGEST);
    clear = new NumbersLeft(LARGEST);
    weights = new double[items.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = items.get(i).weight;
    }
    return build(0, items.size());
  }

  /** The search among items from one on and before another. */
  private Decision build(int from, int end) {
    if (end - from > LARGEST) {
      int middle = (from + end) >>> 1;
      WordTest upper = test(Operator.AT_LEAST, items.get(middle).first);
      return decisions.test(upper, build(middle, end), build(from, middle));
    }
    clear.clear(Integer.toUnsignedLong(items.get(from).first));
    for (int i = from; i < end; i++) {
      Item item = items.get(i);
      clear.add(i, Integer.toUnsignedLong(last(i)) + 1, item.target.id(), item.weight);
    }
    return decision(plan(Scope.whole(0, 0, clear)));
  }

  private int last(int item) {
    return item + 1 < items.size() ? items.get(item + 1).first - 1 : (int) (end - 1);
  }

  private Decision decision(Plan plan) {
    if (plan instanceof Plan.End end) {
      return end.target;
    }
    if (plan instanceof Plan.Ask ask) {
      return decisions.test(ask.test, decision(ask.holds), decision(ask.fails));
    }
    var singles = (Plan.Singles) plan;
    Decision decision = singles.otherwise;
    for (int i = singles.tests.size() - 1; i >= 0; i--) {
      decision = decisions.test(singles.tests.get(i), singles.targets.get(i), decision);
    }
    return decision;
  }

  private WordTest test(Operator operator, int k) {
    return new WordTest(offset, mask, operator, k);
  }

  private Decision target(Part part) {
    return items.get(part.scope.left.origin(part.firstItem())).target;
  }

  private Plan plan(Part part) {
    if (part.from == part.to) {
      return new Plan.End(target(part));
    }
    State state = state(part);
    Plan plan = plans.get(state);
    if (plan == null) {
      plan = best(part);
      plans.put(state, plan);
    }
    return plan;
  }

  private State state(Part part) {
    Scope scope = part.scope;
    int from = scope.left.origin(part.firstItem());
    int to = scope.left.origin(part.lastItem());
    // Bits that all numbers from the first to the last have in common say nothing.
    int varying = items.get(from).first ^ last(to);
    int telling = varying == 0 ? 0 : (Integer.highestOneBit(varying) << 1) - 1;
    return new State(scope.known & telling, scope.values & telling, from, to);
  }

  private Plan best(Part part) {
    AlphabeticTree tree = part.scope.tree;
    Plan best = null;
    if (tree.isBestBySingles(part.from, part.to)) {
      best = singles(part);
      if (part.to - part.from == 2) {
        return best;
      }
    }
    var candidates = new ArrayList<Candidate>();
    addSplits(candidates, part);
    int ranges = part.to - part.from + 1;
    if (mask == -1 && ranges > 2 && ranges < TOO_MANY) {
      addBits(candidates, part);
    }
    int followed = ranges > MANY && ranges < TOO_MANY ? FOLLOWED : 1;
    double promising = Double.POSITIVE_INFINITY;
    for (int i = 0; i < followed && !candidates.isEmpty(); i++) {
      Candidate next = candidates.remove(mostPromising(candidates));
      if (next.estimate > promising) {
        break;
      }
      promising = Math.min(promising, next.estimate * PROMISING);
      Plan holds = plan(next.holds);
      Plan fails = plan(next.fails);
      double cost = part.weight() + holds.cost() + fails.cost();
      if (best == null || AlphabeticTree.isLess(cost, best.cost())) {
        best = new Plan.Ask(cost, next.test, holds, fails);
      }
    }
    if (best == null) {
      throw new IllegalStateException("two ranges can be split");
    }
    return best;
  }

  private static int mostPromising(List<Candidate> candidates) {
    int best = 0;
    for (int i = 1; i < candidates.size(); i++) {
      if (AlphabeticTree.isLess(candidates.get(i).estimate, candidates.get(best).estimate)) {
        best = i;
      }
    }
    return best;
  }

  private Plan singles(Part part) {
    Scope scope = part.scope;
    var tests = new ArrayList<WordTest>(AlphabeticTree.FEW);
    var targets = new ArrayList<Decision>(AlphabeticTree.FEW);
    for (int single : scope.tree.singles(part.from, part.to)) {
      int item = scope.left.firstItem(single);
      int number = scope.values | Integer.expand((int) scope.left.place(item), ~scope.known);
      tests.add(test(Operator.EQUAL, number));
      targets.add(items.get(scope.left.origin(item)).target);
    }
    double cost = scope.tree.cost(part.from, part.to);
    return new Plan.Singles(cost, tests, targets, target(part));
  }

  /** The best comparisons with the first number of a range. */
  private void addSplits(List<Candidate> candidates, Part part) {
    Scope scope = part.scope;
    int taken = part.from;
    for (int n = 0; n < FOLLOWED && n < part.to - part.from; n++) {
      int best = part.from;
      double estimate = Double.POSITIVE_INFINITY;
      for (int i = part.from + 1; i <= part.to; i++) {
        double cost = scope.tree.cost(part.from, part.to, i);
        if (i != taken && AlphabeticTree.isLess(cost, estimate)) {
          best = i;
          estimate = cost;
        }
      }
      int first = items.get(scope.left.origin(scope.left.firstItem(best))).first;
      candidates.add(
          new Candidate(
              estimate,
              test(Operator.AT_LEAST, first),
              new Part(scope, best, part.to),
              new Part(scope, part.from, best - 1)));
      taken = best;
    }
  }

  private void addBits(List<Candidate> candidates, Part part) {
    NumbersLeft left = part.scope.left;
    long varying = left.place(part.firstItem()) ^ left.place(part.lastItem());
    int count = Long.SIZE - Long.numberOfLeadingZeros(varying);
    // By target, the bits that only numbers with this target have set: they are asked for in one.
    var alike = new LinkedHashMap<Integer, Integer>();
    for (int bit = 0; bit < count; bit++) {
      addBits(candidates, part, 1 << bit);
      if (set.ranges() == 1) {
        alike.put(set.target(0), alike.getOrDefault(set.target(0), 0) | (1 << bit));
      }
    }
    for (int bits : alike.values()) {
      if (Integer.bitCount(bits) > 1) {
        addBits(candidates, part, bits);
      }
    }
  }

  /**
   * Asks whether any of some bits is set.
   *
   * @param bits of the numbers' places: one, or several of which each leads to the same target
   */
  private void addBits(List<Candidate> candidates, Part part, int bits) {
    part.scope.left.split(part.from, part.to, bits, weights, set, clear);
    double weight = part.weight();
    if (set.ranges() == 0
        || clear.ranges() == 0
        || set.isBefore(clear)
        || clear.isBefore(set)
        || weight + set.bound() + clear.bound() > part.cost()) {
      return;
    }
    int known = part.scope.known;
    int values = part.scope.values;
    int word = Integer.expand(bits, ~known);
    int bit = Integer.lowestOneBit(word);
    Part holds = Scope.whole(known | bit, values | bit, set);
    Part fails = Scope.whole(known | word, values, clear);
    double estimate = weight + holds.cost() + fails.cost();
    candidates.add(new Candidate(estimate, test(Operator.ANY_SET, word), holds, fails));
  }
}
