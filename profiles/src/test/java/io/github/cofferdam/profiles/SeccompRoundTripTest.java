package io.github.cofferdam.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Argument;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterProperty;
import org.junit.jupiter.api.Test;

/** What is written as a profile of the OCI decides the same when it is read. */
class SeccompRoundTripTest {
  private int written;

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void filtersSurviveBeingWritten(@ForAll long seed) throws Exception {
    var random = new Random(seed);
    SeccompFilter filter = RandomProfiles.filter(random);
    String text;
    try {
      text = SeccompProfile.of(filter).toOci();
    } catch (IllegalArgumentException e) {
      // Some take too many entries; the others are counted below.
      assertTrue(String.valueOf(e.getMessage()).contains("an OCI profile cannot"), e::toString);
      return;
    }
    written++;
    Selection selection = Selection.host().forArches(filter.arches().toArray(Arch[]::new));
    SeccompFilter read = SeccompProfile.parse(text, "written").filter(selection);
    for (Arch arch : filter.arches()) {
      var calls = new ArrayList<>(filter.rules().keySet());
      calls.retainAll(SyscallTable.numbers(arch).keySet());
      for (int i = 0; i < 200; i++) {
        long[] args = RandomProfiles.arguments(random);
        boolean ruled = i % 2 == 0 && !calls.isEmpty();
        int number =
            ruled
                ? SyscallTable.require(arch, RandomProfiles.pick(random, calls))
                : random.nextInt(520) | (arch == Arch.X32 ? 0x4000_0000 : 0);
        assertEquals(
            filter.decide(arch, number, args),
            read.decide(arch, number, args),
            () -> filter.rules() + "\n" + text);
      }
    }
  }

  @AfterProperty
  void mostFiltersCanBeWritten() {
    assertTrue(written == 0 || written > 35, () -> "only " + written + " were written");
  }

  /** Without a compiler in between. */
  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void termsMeanWhatTheConditionMeans(@ForAll long seed) {
    var random = new Random(seed);
    Condition condition = RandomProfiles.condition(random, 2);
    List<SortedMap<Integer, OciTerms.Written>> terms;
    try {
      terms = OciTerms.of(condition);
    } catch (IllegalArgumentException e) {
      assertEquals("it would take more than 1024 entries", e.getMessage());
      return;
    }
    for (int i = 0; i < 100; i++) {
      long[] args = RandomProfiles.arguments(random);
      boolean holds = terms.stream().anyMatch(term -> holds(term, args));
      assertEquals(condition.holds(args), holds, () -> condition + "\n" + terms);
    }
  }

  private static boolean holds(SortedMap<Integer, OciTerms.Written> term, long[] args) {
    for (Map.Entry<Integer, OciTerms.Written> entry : term.entrySet()) {
      long value = args[entry.getKey()];
      boolean holds =
          switch (entry.getValue()) {
            case OciTerms.Pattern(long mask, long expected) -> (value & mask) == expected;
            case OciTerms.Plain(var operator, long operand) -> {
              int order = Long.compareUnsigned(value, operand);
              yield switch (operator) {
                case IN -> order == 0;
                case NOT_IN -> order != 0;
                case LESS -> order < 0;
                case AT_MOST -> order <= 0;
                case GREATER -> order > 0;
                case AT_LEAST -> order >= 0;
              };
            }
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  @Test
  void a32BitComparisonIsWrittenWithAMask() throws Exception {
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.X86_64)
            .on(
                "ioctl",
                Rule.when(Argument.arg(1).asInt().eq(0x5412))
                    .then(Action.errno(Errno.EPERM))
                    .otherwise(Action.allow()))
            .build();
    String text = SeccompProfile.of(filter).toOci().replaceAll("\\s+", "");
    assertTrue(
        text.contains(
            "{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1,\"args\":"
                + "[{\"index\":1,\"value\":4294967295,\"valueTwo\":21522,"
                + "\"op\":\"SCMP_CMP_MASKED_EQ\"}]}"),
        text);
  }

  @Test
  void whatCannotBeSaidIsAnError() {
    SeccompFilter newer =
        SeccompFilter.allowList(Arch.X86_64).unknownNewer(Action.killProcess()).build();
    assertEquals(
        "newer calls get KILL_PROCESS; an OCI profile can only let them fail with ENOSYS",
        assertThrows(IllegalArgumentException.class, () -> SeccompProfile.of(newer)).getMessage());
    var conditions = new ArrayList<Condition>();
    for (int i = 0; i < 4; i++) {
      conditions.add(Argument.arg(i).asInt().lessThan(0x7654_3211));
    }
    SeccompFilter tangled =
        SeccompFilter.allowList(Arch.X86_64)
            .on(
                "read",
                Rule.when(new Condition.All(conditions))
                    .then(Action.allow())
                    .otherwise(Action.errno(Errno.EPERM)))
            .build();
    assertEquals(
        "read: an OCI profile cannot say ALLOW if "
            + new Condition.All(conditions)
            + ": it would take more than 1024 entries",
        assertThrows(IllegalArgumentException.class, () -> SeccompProfile.of(tangled))
            .getMessage());
  }
}
