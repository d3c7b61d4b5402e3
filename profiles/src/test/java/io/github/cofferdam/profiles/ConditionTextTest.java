package io.github.cofferdam.profiles;

import static io.github.cofferdam.seccomp.Argument.arg;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.cofferdam.seccomp.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Conditions are read as they are printed. */
class ConditionTextTest {
  static Stream<Arguments> conditions() {
    return Stream.of(
        arguments("arg0 == 1", arg(0).asLong().eq(1)),
        arguments("(int) arg1 == 0x5412", arg(1).asInt().eq(0x5412)),
        arguments("(int)arg1==-1", arg(1).asInt().eq(-1)),
        arguments("arg5 == -2", arg(5).asLong().eq(-2)),
        arguments("arg5 == 18446744073709551615", arg(5).asLong().eq(-1)),
        arguments("arg5 == -9223372036854775808", arg(5).asLong().eq(Long.MIN_VALUE)),
        arguments("(int) arg0 == -2147483648", arg(0).asInt().eq(Integer.MIN_VALUE)),
        arguments("arg2 != 3", arg(2).asLong().ne(3)),
        arguments("arg2 < 3", arg(2).asLong().lessThan(3)),
        arguments("arg2 <= 3", arg(2).asLong().atMost(3)),
        arguments("arg2 > 3", arg(2).asLong().greaterThan(3)),
        arguments("arg2 >= 3", arg(2).asLong().atLeast(3)),
        arguments("(int) arg0 in [1, 0x2, 10]", arg(0).asInt().in(1, 2, 10)),
        arguments("arg0 & 0xf0 == 0x30", arg(0).asLong().masked(0xf0).eq(0x30)),
        arguments("(arg0 & 0xf0) == 0x30", arg(0).asLong().masked(0xf0).eq(0x30)),
        arguments("((int) arg0 & 6) != 0", arg(0).asInt().anySet(6)),
        arguments("(int) arg0 & 6 != 0", arg(0).asInt().anySet(6)),
        arguments("(arg0 == 1)", arg(0).asLong().eq(1)),
        arguments("((int) arg0 == 1)", arg(0).asInt().eq(1)),
        arguments("!(arg0 == 1)", Condition.not(arg(0).asLong().eq(1))),
        arguments(
            "arg0 == 1 && arg1 == 2 || arg2 == 3",
            arg(0).asLong().eq(1).and(arg(1).asLong().eq(2)).or(arg(2).asLong().eq(3))),
        arguments(
            "arg0 == 1 && (arg1 == 2 || ((arg2 & 4) == 4))",
            arg(0).asLong().eq(1).and(arg(1).asLong().eq(2).or(arg(2).asLong().masked(4).eq(4)))),
        arguments(
            String.join(" || ", IntStream.range(0, 9).mapToObj(i -> "(int) arg0 == " + i).toList()),
            arg(0).asInt().in(0, 1, 2, 3, 4, 5, 6, 7, 8)));
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void conditionsAreRead(String text, Condition expected) {
    assertEquals(expected, ConditionText.parse(text));
  }

  @Property(tries = 1000, shrinking = ShrinkingMode.OFF)
  void whatIsPrintedReadsTheSame(@ForAll long seed) {
    var random = new Random(seed);
    Condition condition = RandomProfiles.condition(random, 3);
    Condition read = ConditionText.parse(condition.toString());
    for (int i = 0; i < 50; i++) {
      long[] args = RandomProfiles.arguments(random);
      assertEquals(condition.holds(args), read.holds(args), condition::toString);
    }
    assertEquals(read, ConditionText.parse(read.toString()), condition::toString);
  }

  @Property(tries = 1000)
  void nothingElseIsThrown(@ForAll long seed) {
    var random = new Random(seed);
    var words = new ArrayList<String>();
    List<String> all =
        List.of(
            "arg0", "(", ")", "int", "&", "&&", "||", "==", "in", "[", "]", "1", "!", "-", "0x");
    for (int i = random.nextInt(12); i >= 0; i--) {
      words.add(all.get(random.nextInt(all.size())));
    }
    try {
      ConditionText.parse(String.join(" ", words));
    } catch (IllegalArgumentException e) {
      // The only way out besides a condition.
    }
  }

  @Test
  void aLongTextIsRefused() {
    assertEquals(
        "a condition of more than 2500 words",
        assertThrows(IllegalArgumentException.class, () -> ConditionText.parse("! ".repeat(10_001)))
            .getMessage());
  }
}
