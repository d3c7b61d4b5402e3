package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is known about one 32-bit word, and whether there is such a word.
 *
 * <p>Most questions are answered by a word of which all the other facts are true, or by the bits
 * that are known. The others, where bits are tested, are answered bit by bit from the highest:
 * after some bits, each test has come out already or is still open, and that is all that matters
 * for the bits that follow. So few states are ever looked at, and the answer is exact.
 */
final class WordFacts {
  private static final WordFacts NONE = new WordFacts(Set.of(), true, 0);

  /** Facts about one word at which the question is left open: a state has two bits for each. */
  private static final int MOST = 32;

  /** States after one bit beyond which it is left open, too. */
  private static final int PATIENCE = 512;

  private final Set<Fact> facts;
  private final boolean possible;

  /** A word that is so, if all the facts are true of it. */
  private final int witness;

  /** A test and how it came out. */
  private record Fact(WordTest test, boolean holds) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Fact fact && holds == fact.holds && test.equals(fact.test);
    }

    @Override
    public int hashCode() {
      return test.hashCode() * 2 + (holds ? 1 : 0);
    }
  }

  private WordFacts(Set<Fact> facts, boolean possible, int witness) {
    this.facts = facts;
    this.possible = possible;
    this.witness = witness;
  }

  static WordFacts none() {
    return NONE;
  }

  WordFacts and(WordTest test, boolean holds) {
    var more = new LinkedHashSet<>(facts);
    if (!more.add(new Fact(test, holds))) {
      return this;
    }
    if (!possible) {
      return new WordFacts(more, false, 0);
    }
    for (int word : likely(test)) {
      if (allHold(more, word)) {
        return new WordFacts(more, true, word);
      }
    }
    // One test can turn either way: what cannot, Decisions does not make.
    if (facts.isEmpty()) {
      return new WordFacts(more, true, 0);
    }
    if (isKnown(test, !holds)) {
      return new WordFacts(more, false, 0);
    }
    Solution solution = solve(more);
    return new WordFacts(more, solution.possible, solution.word);
  }

  /** Words near the witness for which a test comes out in one way or the other. */
  private int[] likely(WordTest test) {
    int others = witness & ~test.mask();
    int lowest = Integer.lowestOneBit(test.mask());
    return new int[] {
      witness,
      others | test.k(),
      others | ((test.k() & test.mask()) ^ lowest),
      witness ^ lowest,
      witness & ~test.k(),
      others | (test.k() - 1),
    };
  }

  private static boolean allHold(Set<Fact> facts, int word) {
    for (Fact fact : facts) {
      if (fact.test.holds(word) != fact.holds) {
        return false;
      }
    }
    return true;
  }

  /** Whether the bits that are known to be equal to something already say how a test comes out. */
  private boolean isKnown(WordTest test, boolean holds) {
    int bits = 0;
    int value = 0;
    for (Fact fact : facts) {
      if (fact.holds && fact.test.operator() == WordTest.Operator.EQUAL) {
        bits |= fact.test.mask();
        value |= fact.test.k();
      }
    }
    int looked = test.mask();
    if (test.operator() == WordTest.Operator.ANY_SET) {
      looked &= test.k();
    }
    boolean all = (looked & ~bits) == 0;
    boolean differs =
        test.operator() == WordTest.Operator.EQUAL && ((value ^ test.k()) & bits & looked) != 0;
    return all ? test.holds(value) == holds : differs && !holds;
  }

  /** Whether a word can be so; also true where that was not found out. */
  boolean possible() {
    return possible;
  }

  /** The smallest word that is so, where one was found. */
  int example() {
    return allHold(facts, 0) ? 0 : solve(facts).word;
  }

  private record Solution(boolean possible, int word) {}

  private static Solution solve(Set<Fact> facts) {
    for (Fact fact : facts) {
      if (fact.test.mask() != -1 || fact.test.operator() == WordTest.Operator.ANY_SET) {
        return solveByBits(List.copyOf(facts));
      }
    }
    return solveByRange(facts);
  }

  /** Whole words alone are compared: what is left is a range, without some numbers. */
  private static Solution solveByRange(Set<Fact> facts) {
    long low = 0;
    long high = 0xffff_ffffL;
    var without = new HashSet<Long>();
    for (Fact fact : facts) {
      long k = Integer.toUnsignedLong(fact.test.k());
      if (fact.test.operator() == WordTest.Operator.AT_LEAST) {
        low = fact.holds ? Math.max(low, k) : low;
        high = fact.holds ? high : Math.min(high, k - 1);
      } else if (fact.holds) {
        low = Math.max(low, k);
        high = Math.min(high, k);
      } else {
        without.add(k);
      }
    }
    while (low <= high && without.contains(low)) {
      low++;
    }
    return low <= high ? new Solution(true, (int) low) : new Solution(false, 0);
  }

  // How a test has come out so far, two bits each of a state. Open: the bits so far are those of k,
  // or none of those of k was set.
  private static final int OPEN = 0;
  private static final int TRUE = 1;
  private static final int FALSE = 2;

  /** In place of a state: a fact is violated. */
  private static final long IMPOSSIBLE = -1;

  private static Solution solveByBits(List<Fact> facts) {
    if (facts.size() >= MOST) {
      return new Solution(true, 0);
    }
    // States with the smallest word that leads to each.
    Map<Long, Integer> states = new HashMap<>();
    states.put(0L, 0);
    int masks = 0;
    int asked = 0;
    for (Fact fact : facts) {
      masks |= fact.test.mask();
      asked |= fact.test.mask() | fact.test.k();
    }
    for (int bit = 31; bit >= 0; bit--) {
      if (((asked >>> bit) & 1) == 0) {
        continue;
      }
      // A bit that no test looks at is 0, so that examples are small.
      int most = (masks >>> bit) & 1;
      var next = new HashMap<Long, Integer>();
      for (Map.Entry<Long, Integer> state : states.entrySet()) {
        for (int value = 0; value <= most; value++) {
          long after = step(facts, state.getKey(), bit, value);
          if (after != IMPOSSIBLE) {
            int word = state.getValue() | (value << bit);
            Integer other = next.get(after);
            next.put(after, other == null ? word : smaller(other, word));
          }
        }
      }
      if (next.size() > PATIENCE) {
        return new Solution(true, 0);
      }
      states = next;
    }
    Solution best = new Solution(false, 0);
    for (Map.Entry<Long, Integer> state : states.entrySet()) {
      int word = state.getValue();
      if (fits(facts, state.getKey())) {
        best = new Solution(true, best.possible ? smaller(best.word, word) : word);
      }
    }
    return best;
  }

  private static int smaller(int a, int b) {
    return Integer.compareUnsigned(a, b) <= 0 ? a : b;
  }

  /** The state after one more bit. */
  private static long step(List<Fact> facts, long before, int bit, int value) {
    long after = before;
    for (int i = 0; i < facts.size(); i++) {
      if (result(before, i) == OPEN) {
        Fact fact = facts.get(i);
        WordTest test = fact.test;
        int masked = value & (test.mask() >>> bit);
        int wanted = (test.k() >>> bit) & 1;
        int result =
            switch (test.operator()) {
              case EQUAL -> masked == wanted ? OPEN : FALSE;
              case AT_LEAST -> masked == wanted ? OPEN : masked > wanted ? TRUE : FALSE;
              case ANY_SET -> (masked & wanted) != 0 ? TRUE : OPEN;
            };
        if (result != OPEN && (result == TRUE) != fact.holds) {
          return IMPOSSIBLE;
        }
        after |= (long) result << (2 * i);
      }
    }
    return after;
  }

  /** What is still open after the last bit is equal to k, or no bit of k was set. */
  private static boolean fits(List<Fact> facts, long state) {
    for (int i = 0; i < facts.size(); i++) {
      Fact fact = facts.get(i);
      boolean equal = fact.test.operator() != WordTest.Operator.ANY_SET;
      if (result(state, i) == OPEN && equal != fact.holds) {
        return false;
      }
    }
    return true;
  }

  private static int result(long state, int fact) {
    return (int) (state >>> (2 * fact)) & 3;
  }

  @Override
  public String toString() {
    var texts = new ArrayList<String>();
    for (Fact fact : facts) {
      texts.add(fact.test.text(fact.holds));
    }
    return texts.stream().collect(Collectors.joining(" && "));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WordFacts word && facts.equals(word.facts);
  }

  @Override
  public int hashCode() {
    return facts.hashCode();
  }
}
