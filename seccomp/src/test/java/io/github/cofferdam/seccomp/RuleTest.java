package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import org.junit.jupiter.api.Test;

final class RuleTest {
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  @Test
  void conditionsReadAsInC() {
    assertEquals("(int) arg1 == 0x5412", arg(1).asInt().eq(0x5412).toString());
    assertEquals(
        "((int) arg1 & 0xf) != 0x1 && ((int) arg1 & 0xf) != 0x2",
        arg(1).asInt().masked(0xf).notIn(1, 2).toString());
    assertEquals("arg0 >= 0xffffffffffffffff", arg(0).asLong().atLeast(-1).toString());
  }

  @Test
  void whatCanNeverHoldIsAnError() {
    assertThrows(IllegalArgumentException.class, () -> arg(0).asInt().masked(0xf).eq(0x10));
    assertThrows(IllegalArgumentException.class, () -> arg(0).asLong().in());
    assertThrows(IllegalArgumentException.class, () -> arg(6));
    assertThrows(IllegalArgumentException.class, () -> new IntArgument(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> when().then(REFUSE));
  }

  @Test
  void aClauseThatIsNeverReachedIsAnError() {
    Comparison one = arg(0).asInt().eq(1);
    Comparison two = arg(1).asInt().eq(2);
    var hidden = when(one).then(REFUSE).orWhen(two, one).then(Action.log());
    assertThrows(IllegalArgumentException.class, () -> hidden.otherwise(Action.allow()));
    assertEquals(
        2,
        when(one, two)
            .then(REFUSE)
            .orWhen(one)
            .then(Action.log())
            .otherwise(Action.allow())
            .clauses()
            .size());
  }

  @Test
  void aRuleThatAlwaysSaysTheSameIsShort() {
    assertEquals(Rule.always(REFUSE), when(arg(0).asInt().eq(1)).then(REFUSE).otherwise(REFUSE));
  }

  @Test
  void callsHaveOneRuleEach() {
    var builder = SeccompFilter.denyList(Arch.X86_64).on("mount", REFUSE);
    assertThrows(IllegalArgumentException.class, () -> builder.on("mount", REFUSE));
    assertEquals(
        Action.log(), builder.replace("mount", Rule.always(Action.log())).build().decide("mount"));
  }

  @Test
  void misspeltCallsAreErrorsAndMissingOnesAreNot() {
    var builder = SeccompFilter.denyList(Arch.AARCH64);
    assertThrows(IllegalArgumentException.class, () -> builder.on("mout", REFUSE));
    assertEquals(0, builder.on("chmod", REFUSE).build().rules().size());
    assertThrows(IllegalArgumentException.class, () -> builder.build().decide("chmod"));
  }

  @Test
  void filtersAreForTheLaunchablePlatforms() {
    assertThrows(IllegalArgumentException.class, () -> SeccompFilter.denyList(Arch.X32));
    assertThrows(IllegalArgumentException.class, () -> SeccompFilter.denyList(Arch.I386));
  }
}
