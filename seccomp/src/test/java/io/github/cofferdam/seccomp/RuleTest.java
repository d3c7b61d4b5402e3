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
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> hidden.otherwise(Action.allow()));
    assertEquals(
        "never reached: if (int) arg1 == 0x2 && (int) arg0 == 0x1: LOG, since earlier clauses"
            + " decide all of it: if (int) arg0 == 0x1: ERRNO(EPERM)",
        refusal.getMessage());
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

  /** Two together hide a third that neither hides alone. */
  @Test
  void severalClausesHideAnother() {
    var hidden =
        when(arg(0).asLong().lessThan(5))
            .then(REFUSE)
            .orWhen(arg(0).asLong().greaterThan(3))
            .then(Action.log())
            .orWhen(arg(0).asLong().eq(77))
            .then(Action.trap());
    assertThrows(IllegalArgumentException.class, () -> hidden.otherwise(Action.allow()));
  }

  @Test
  void conditionsThatContradictEachOtherAreAnError() {
    var impossible = when(arg(0).asInt().eq(1), arg(0).asInt().anySet(2)).then(REFUSE);
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> impossible.otherwise(Action.allow()));
    assertEquals(
        "no arguments meet the conditions of: if (int) arg0 == 0x1 && ((int) arg0 & 0x2) != 0x0:"
            + " ERRNO(EPERM)",
        refusal.getMessage());
    // The halves of an argument are different words.
    when(arg(0).asInt().eq(1), arg(0).asLong().greaterThan(0xffff_ffffL))
        .then(REFUSE)
        .otherwise(Action.allow());
  }

  @Test
  void aRuleThatAlwaysSaysTheSameIsShort() {
    assertEquals(Rule.always(REFUSE), when(arg(0).asInt().eq(1)).then(REFUSE).otherwise(REFUSE));
  }

  /** To say the same twice is no contradiction. */
  @Test
  void callsHaveOneRuleEach() {
    var builder = SeccompFilter.denyList(Arch.X86_64).on("mount", REFUSE).on("mount", REFUSE);
    var refusal =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                builder.on(
                    "mount", when(arg(3).asLong().eq(1)).then(REFUSE).otherwise(Action.allow())));
    assertEquals(
        "mount has two rules: always ERRNO(EPERM), and if arg3 == 0x1: ERRNO(EPERM); otherwise"
            + " ALLOW",
        refusal.getMessage());
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

  /**
   * On i386 both names lead to the same call, and only memory tells what is asked of the second.
   */
  @Test
  void whatI386CanMakeByAnotherCallNeedsARuleThere() {
    var builder = SeccompFilter.denyList(Arch.I386).on("socket", REFUSE);
    var refusal = assertThrows(IllegalArgumentException.class, builder::build);
    assertEquals(
        "i386 also makes socket by socketcall, where its arguments lie in memory: give socketcall a"
            + " rule",
        refusal.getMessage());
    assertEquals(REFUSE, builder.on("socketcall", REFUSE).build().decide("socket"));
    builder.on("shmat", REFUSE);
    assertThrows(IllegalArgumentException.class, builder::build);
    // Closed by what an allow list does not name.
    SeccompFilter.allowList(Arch.I386).allow("socket").build();
  }
}
