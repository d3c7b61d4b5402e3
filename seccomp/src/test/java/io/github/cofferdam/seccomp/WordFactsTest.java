package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Held against trying all words, of which only the lowest bits are ever looked at. */
final class WordFactsTest {
  private static final int BITS = 5;
  private static final int WORDS = 1 << BITS;
  private static final int ROUNDS = 20_000;

  private record Asked(WordTest test, boolean holds) {}

  @Test
  void whetherThereIsSuchAWordIsExact() {
    var random = new Random(20261130);
    int impossible = 0;
    for (int round = 0; round < ROUNDS; round++) {
      var asked = new ArrayList<Asked>();
      WordFacts facts = WordFacts.none();
      int count = 1 + random.nextInt(6);
      while (asked.size() < count) {
        var one = new Asked(test(random), random.nextBoolean());
        if (canTurnOut(List.of(one))) {
          asked.add(one);
          facts = facts.and(one.test(), one.holds());
          assertEquals(canTurnOut(asked), facts.possible(), asked::toString);
        }
      }
      if (facts.possible()) {
        assertEquals(smallest(asked), facts.example(), asked::toString);
      } else {
        impossible++;
      }
    }
    assertTrue(impossible > ROUNDS / 10 && impossible < ROUNDS * 9 / 10, "one-sided");
  }

  private static WordTest test(Random random) {
    WordTest.Operator[] operators = WordTest.Operator.values();
    WordTest.Operator operator = operators[random.nextInt(operators.length)];
    // Whole words are looked at in another way; of these, the high bits are 0.
    int mask = random.nextInt(4) == 0 ? -1 : 1 + random.nextInt(WORDS - 1);
    int k = random.nextInt(WORDS);
    return new WordTest(SeccompData.low(0), mask, operator, k & mask);
  }

  private static boolean canTurnOut(List<Asked> asked) {
    return smallest(asked) >= 0;
  }

  /** One more bit than is asked about: what is above all k. */
  private static int smallest(List<Asked> asked) {
    for (int word = 0; word < WORDS * 2; word++) {
      int tried = word;
      if (asked.stream().allMatch(one -> one.test().holds(tried) == one.holds())) {
        return word;
      }
    }
    return -1;
  }
}
