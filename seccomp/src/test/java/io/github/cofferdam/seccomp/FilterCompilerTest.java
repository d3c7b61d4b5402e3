package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Exact programs for small filters, and what holds for all. */
final class FilterCompilerTest {
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  @Test
  void theEmptyDenyListClosesWhatIsUnknown() {
    assertEquals(
        """
           0: A = arch
           1: if A == 0xc00000b7 goto 2 else 8
           2: A = nr
           3: if A >= 0xf4 goto 4 else 9
           4: if A >= 0x127 goto 6 else 5
           5: if A >= 0x104 goto 9 else 10
           6: if A >= 0x1a8 goto 7 else 10
           7: if A >= 0x1d9 goto 10 else 9
           8: return KILL_PROCESS
           9: return ALLOW
          10: return ERRNO(ENOSYS)
        """,
        SeccompFilter.denyList(Arch.AARCH64).build().disassemble());
  }

  /**
   * Neighbours with one treatment are one range, a lone number one test, and each verdict stands
   * once.
   */
  @Test
  void rangesAreMergedAndVerdictsShared() {
    assertEquals(
        """
           0: A = arch
           1: if A == 0xc000003e goto 2 else 8
           2: A = nr
           3: if A >= 0xa5 goto 4 else 9
           4: if A >= 0x10f goto 6 else 5
           5: if A >= 0xa9 goto 9 else 10
           6: if A >= 0x40000000 goto 11 else 7
           7: if A >= 0x110 goto 9 else 10
           8: return KILL_PROCESS
           9: return ALLOW
          10: return ERRNO(EPERM)
          11: return ERRNO(ENOSYS)
        """,
        denyKnown(Arch.X86_64)
            .on("mount", REFUSE)
            .on("umount2", REFUSE)
            .on("swapon", REFUSE)
            .on("swapoff", REFUSE)
            .on("ppoll", REFUSE)
            .build()
            .disassemble());
  }

  /** 0x66, getuid, is what lies between the two. */
  @Test
  void loneNumbersAreTestedForEquality() {
    assertEquals(
        """
           0: A = arch
           1: if A == 0xc000003e goto 2 else 7
           2: A = nr
           3: if A >= 0x65 goto 4 else 8
           4: if A >= 0x68 goto 6 else 5
           5: if A == 0x66 goto 8 else 9
           6: if A >= 0x40000000 goto 10 else 8
           7: return KILL_PROCESS
           8: return ALLOW
           9: return ERRNO(EPERM)
          10: return ERRNO(ENOSYS)
        """,
        denyKnown(Arch.X86_64).on("ptrace", REFUSE).on("syslog", REFUSE).build().disassemble());
  }

  @Test
  void thirtyTwoBitArgumentsAreTheLowerHalf() {
    assertEquals(
        """
           5: A = arg1.low
           6: if A == 0x5412 goto 11 else 7
           7: if A == 0x541c goto 11 else 10
        """,
        checks(when(arg(1).asInt().in(0x5412, 0x541c)).then(REFUSE).otherwise(Action.allow())));
  }

  @Test
  void sixtyFourBitArgumentsAreComparedUpperHalfFirst() {
    assertEquals(
        """
           5: A = arg0.high
           6: if A > 0x1 goto 13 else 7
           7: if A == 0x1 goto 8 else 12
           8: A = arg0.low
           9: if A >= 0x2 goto 13 else 12
        """,
        checks(
            when(arg(0).asLong().atLeast(0x1_0000_0002L)).then(REFUSE).otherwise(Action.allow())));
  }

  @Test
  void aBitTestIsOneInstruction() {
    assertEquals(
        """
           5: A = arg0.low
           6: if A & 0x7e020000 goto 10 else 9
        """,
        checks(when(arg(0).asInt().anySet(0x7e020000)).then(REFUSE).otherwise(Action.allow())));
  }

  @Test
  void equalRulesAreWrittenOnce() {
    Rule rule = when(arg(0).asInt().eq(1)).then(REFUSE).otherwise(Action.allow());
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.X86_64).on("read", rule).on("getpid", rule).build();
    assertEquals(1, filter.disassemble().split("arg0.low", -1).length - 1);
    assertEquals(REFUSE, filter.decide("read", 1));
    assertEquals(REFUSE, filter.decide("getpid", 1));
    assertEquals(Action.allow(), filter.decide("getpid", 0));
  }

  @Test
  void veryLongFiltersAreRefused() {
    var builder = SeccompFilter.denyList(Arch.X86_64);
    int[] values = new int[300];
    int call = 0;
    for (String syscall : SyscallTable.numbers(Arch.X86_64).keySet()) {
      for (int i = 0; i < values.length; i++) {
        values[i] = 1000 * call + i;
      }
      builder.on(syscall, when(arg(0).asInt().in(values)).then(REFUSE).otherwise(Action.allow()));
      if (++call == 8) {
        break;
      }
    }
    assertThrows(IllegalArgumentException.class, builder::build);
    String last =
        SyscallTable.numbers(Arch.X86_64).keySet().stream().skip(7).findFirst().orElseThrow();
    SeccompFilter fits = builder.replace(last, Rule.always(REFUSE)).build();
    assertTrue(fits.cost().instructions() > 3500, () -> fits.cost().toString());
    assertEquals(REFUSE, fits.decide("accept", 1299));
    assertEquals(Action.allow(), fits.decide("accept", 1300 + 300));
  }

  /** On every number and every convention: what was said holds. */
  @Test
  void numbersAreDecidedAsTheTableSays() {
    for (Arch arch : new Arch[] {Arch.X86_64, Arch.AARCH64}) {
      SeccompFilter filter = SeccompFilter.denyList(arch).on("mount", REFUSE).build();
      var known = Set.copyOf(SyscallTable.numbers(arch).values());
      int mount = SyscallTable.require(arch, "mount");
      for (int number = 0; number < 2000; number++) {
        Action expected =
            number == mount
                ? REFUSE
                : known.contains(number) ? Action.allow() : Action.errno(Errno.ENOSYS);
        assertEquals(expected, filter.decide(arch, number));
      }
      for (int number :
          new int[] {0x3fffffff, 0x40000000, 0x40000001, 0x7fffffff, 0x80000000, -1}) {
        assertEquals(Action.errno(Errno.ENOSYS), filter.decide(arch, number));
      }
    }
  }

  @Test
  void x32IsClosedEvenIfUnknownNumbersAreNot() {
    SeccompFilter filter = SeccompFilter.denyList(Arch.X86_64).unknownNewer(Action.allow()).build();
    assertEquals(Action.allow(), filter.decide(Arch.X86_64, 0x3fffffff));
    int read = SyscallTable.require(Arch.X32, "read");
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide(Arch.X32, read));
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide(Arch.X86_64, -1));
  }

  @Test
  void foreignCallsAreKilled() {
    for (Arch from : new Arch[] {Arch.I386, Arch.AARCH64, Arch.RISCV64}) {
      SeccompFilter filter = SeccompFilter.denyList(Arch.X86_64).build();
      assertEquals(Action.killProcess(), filter.decide(from, 1));
    }
  }

  @Test
  void filtersThatSayTheSameAreEqual() {
    SeccompFilter filter = SeccompFilter.denyList(Arch.X86_64).on("mount", REFUSE).build();
    assertEquals(filter, SeccompFilter.denyList(Arch.X86_64).on("mount", REFUSE).build());
    assertNotEquals(filter, SeccompFilter.denyList(Arch.AARCH64).on("mount", REFUSE).build());
    assertNotEquals(filter, SeccompFilter.denyList(Arch.X86_64).on("mount", Action.log()).build());
    assertNotEquals(
        filter,
        SeccompFilter.denyList(Arch.X86_64).on("mount", REFUSE).otherwise(Action.log()).build());
  }

  private static SeccompFilter.Builder denyKnown(Arch arch) {
    // The gap between 336 and 424 is not what these tests are about.
    return SeccompFilter.denyList(arch).unknownNewer(Action.allow());
  }

  /** The argument checks of a filter that has one rule, on the first number. */
  private static String checks(Rule rule) {
    String text = denyKnown(Arch.X86_64).on("read", rule).build().disassemble();
    int start = text.indexOf("= arg");
    int end = text.indexOf("return");
    return text.substring(text.lastIndexOf('\n', start) + 1, text.lastIndexOf('\n', end) + 1);
  }
}
