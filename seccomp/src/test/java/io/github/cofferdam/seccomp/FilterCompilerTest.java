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
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Exact programs for small filters, and what holds for all. */
final class FilterCompilerTest {
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  @Test
  void theEmptyDenyListClosesWhatIsUnknown() {
    assertEquals(
        """
           0: A = arch
           1: if A == 0xc00000b7 goto 2 else 10
           2: A = nr
           3: if A >= 0xf4 goto 4 else 9
           4: if A >= 0x127 goto 5 else 7
           5: if A >= 0x1a8 goto 6 else 8
           6: if A >= 0x1d9 goto 8 else 9
           7: if A >= 0x104 goto 9 else 8
           8: return ERRNO(ENOSYS)
           9: return ALLOW
          10: return KILL_PROCESS
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
           1: if A == 0xc000003e goto 2 else 12
           2: A = nr
           3: if A >= 0x110 goto 4 else 6
           4: if A >= 0x40000000 goto 5 else 11
           5: return ERRNO(ENOSYS)
           6: if A & 0x50 goto 11 else 7
           7: if A >= 0xa5 goto 8 else 11
           8: if A >= 0xa9 goto 9 else 10
           9: if A >= 0x10f goto 10 else 11
          10: return ERRNO(EPERM)
          11: return ALLOW
          12: return KILL_PROCESS
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
           1: if A == 0xc000003e goto 2 else 10
           2: A = nr
           3: if A >= 0x68 goto 4 else 6
           4: if A >= 0x40000000 goto 5 else 9
           5: return ERRNO(ENOSYS)
           6: if A >= 0x65 goto 7 else 9
           7: if A == 0x66 goto 9 else 8
           8: return ERRNO(EPERM)
           9: return ALLOW
          10: return KILL_PROCESS
        """,
        denyKnown(Arch.X86_64).on("ptrace", REFUSE).on("syslog", REFUSE).build().disassemble());
  }

  @Test
  void thirtyTwoBitArgumentsAreTheLowerHalf() {
    assertEquals(
        """
           6: A = arg1.low
           7: if A == 0x5412 goto 9 else 8
           8: if A == 0x541c goto 9 else 10
        """,
        checks(when(arg(1).asInt().in(0x5412, 0x541c)).then(REFUSE).otherwise(Action.allow())));
  }

  @Test
  void sixtyFourBitArgumentsAreComparedUpperHalfFirst() {
    assertEquals(
        """
           6: A = arg0.high
           7: if A >= 0x2 goto 11 else 8
           8: if A == 0x1 goto 9 else 12
           9: A = arg0.low
          10: if A >= 0x2 goto 11 else 12
        """,
        checks(
            when(arg(0).asLong().atLeast(0x1_0000_0002L)).then(REFUSE).otherwise(Action.allow())));
  }

  @Test
  void aBitTestIsOneInstruction() {
    assertEquals(
        """
           6: A = arg0.low
           7: if A & 0x7e020000 goto 8 else 9
        """,
        checks(when(arg(0).asInt().anySet(0x7e020000)).then(REFUSE).otherwise(Action.allow())));
  }

  /** Five alternatives for one argument: each half is loaded once, and the upper one asked once. */
  @Test
  void whatIsLoadedIsUsedAndWhatIsKnownIsNotAskedAgain() {
    LongArgument persona = arg(0).asLong();
    assertEquals(
        """
           7: A = arg0.high
           8: if A == 0x0 goto 9 else 14
           9: A = arg0.low
          10: if A == 0x0 goto 13 else 11
          11: if A == 0x8 goto 13 else 12
          12: if A == 0xffffffff goto 13 else 14
        """,
        checks(
            when(persona.eq(0))
                .then(Action.log())
                .orWhen(persona.eq(8))
                .then(Action.log())
                .orWhen(persona.eq(0xffff_ffffL))
                .then(Action.log())
                .otherwise(REFUSE)));
  }

  /** Four values and more are searched for as numbers of calls are. */
  @Test
  void manyValuesAreASearch() {
    assertEquals(
        """
           6: A = arg0.low
           7: if A >= 0x15 goto 8 else 11
           8: if A >= 0x32 goto 9 else 10
           9: if A >= 0x34 goto 14 else 13
          10: if A == 0x1e goto 13 else 14
          11: if A >= 0x14 goto 13 else 12
          12: if A == 0xa goto 13 else 14
        """,
        checks(when(arg(0).asInt().in(10, 20, 30, 50, 51)).then(REFUSE).otherwise(Action.allow())));
  }

  /** A mask destroys what was loaded, a bit test does not. */
  @Test
  void masksAreAppliedToAFreshWord() {
    assertEquals(
        """
           6: A = arg1.low
           7: if A & 0x80 goto 11 else 8
           8: A = A & 0xf
           9: if A == 0x1 goto 11 else 10
          10: if A == 0x5 goto 11 else 12
        """,
        checks(
            when(arg(1)
                    .asInt()
                    .anySet(0x80)
                    .or(arg(1).asInt().masked(0xf).eq(1))
                    .or(arg(1).asInt().masked(0xf).eq(5)))
                .then(REFUSE)
                .otherwise(Action.allow())));
  }

  /** At the expense of the others; what is decided stays the same. */
  @Test
  void frequentCallsAreFoundSooner() {
    var list = SeccompFilter.denyList(Arch.X86_64);
    for (String call : new String[] {"mount", "ptrace", "bpf", "setns", "keyctl", "reboot"}) {
      list.on(call, REFUSE);
    }
    SeccompFilter even = list.build();
    SeccompFilter uneven = list.frequency("keyctl", 5000).build();
    assertTrue(steps(uneven, "keyctl") < steps(even, "keyctl"));
    assertTrue(uneven.cost().average() > even.cost().average());
    assertEquals(List.of(), even.diff(uneven));
  }

  private static int steps(SeccompFilter filter, String call) {
    return BpfInterpreter.run(
            filter.program(),
            SeccompData.of(SyscallTable.require(Arch.X86_64, call), Arch.X86_64.auditArch()))
        .executed();
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
    int[] values = new int[250];
    int call = 0;
    for (String syscall : SyscallTable.numbers(Arch.X86_64).keySet()) {
      // Neither neighbours nor with bits in common.
      for (int i = 0; i < values.length; i++) {
        values[i] = 1_000_003 * call + i * i * 7;
      }
      builder.on(syscall, when(arg(0).asInt().in(values)).then(REFUSE).otherwise(Action.allow()));
      if (++call == 11) {
        break;
      }
    }
    assertThrows(IllegalArgumentException.class, builder::build);
    String last =
        SyscallTable.numbers(Arch.X86_64).keySet().stream().skip(10).findFirst().orElseThrow();
    SeccompFilter fits = builder.replace(last, Rule.always(REFUSE)).build();
    assertTrue(fits.cost().instructions() > 3500, () -> fits.cost().toString());
    assertEquals(REFUSE, fits.decide("accept", 1_000_003 + 249 * 249 * 7));
    assertEquals(Action.allow(), fits.decide("accept", 1_000_004 + 249 * 249 * 7));
    assertEquals(Action.allow(), fits.decide("accept", 1_000_003 + 250 * 250 * 7));
  }

  /** What has a bit in common takes one test of it, not a comparison for each. */
  @Test
  void bitsAreAskedForWhereThatIsQuicker() {
    int[] even = IntStream.range(0, 90).map(i -> 2 * i).toArray();
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.AARCH64)
            .on("ioctl", when(arg(1).asInt().in(even)).then(REFUSE).otherwise(Action.allow()))
            .build();
    assertTrue(filter.disassemble().contains("if A & 0x1 goto"), filter::disassemble);
    assertTrue(filter.cost().instructions() <= 16, filter::disassemble);
    for (int value = -1; value < 200; value++) {
      Action expected = value >= 0 && value < 180 && value % 2 == 0 ? REFUSE : Action.allow();
      assertEquals(expected, filter.decide("ioctl", 0, value), "ioctl " + value);
    }
  }

  /** Thousands of values are compiled in time and memory that are not out of proportion. */
  @Test
  void aListOfThousandsOfValuesCompiles() {
    int[] values = IntStream.range(0, 1900).map(i -> i * i * 7).toArray();
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.X86_64)
            .on("ioctl", when(arg(1).asInt().in(values)).then(REFUSE).otherwise(Action.allow()))
            .build();
    assertEquals(REFUSE, filter.decide("ioctl", 0, 1899 * 1899 * 7));
    assertEquals(Action.allow(), filter.decide("ioctl", 0, 1899 * 1899 * 7 - 1));
    assertTrue(filter.cost().maximum() < 25, () -> filter.cost().toString());
  }

  /** What can never fit is told so, and does not take the memory of this machine. */
  @Test
  void aListOfTensOfThousandsOfValuesIsRefused() {
    int[] values = IntStream.range(0, 40_000).map(i -> i * i).toArray();
    SeccompFilter.Builder builder =
        SeccompFilter.denyList(Arch.X86_64)
            .on("ioctl", when(arg(1).asInt().in(values)).then(REFUSE).otherwise(Action.allow()));
    var refusal = assertThrows(IllegalArgumentException.class, builder::build);
    assertTrue(String.valueOf(refusal.getMessage()).contains("4096"), refusal::toString);
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
  void severalArchitecturesAreDecidedByTheirOwnNumbers() {
    SeccompFilter filter =
        SeccompFilter.allowList(Arch.X86_64, Arch.I386, Arch.X32, Arch.AARCH64)
            .allow("read", "write", "getppid", "chmod")
            .build();
    for (Arch arch : filter.arches()) {
      assertEquals(Action.allow(), filter.decide(arch, "getppid"));
      assertEquals(REFUSE, filter.decide(arch, "mount"));
      assertEquals(Action.errno(Errno.ENOSYS), filter.decide(arch, highest(arch) + 1));
    }
    assertEquals(Action.allow(), filter.decide(Arch.I386, "chmod"));
    assertEquals(Action.killProcess(), filter.decide(Arch.RISCV64, 63));
    // The same number, four meanings: 15 is rt_sigreturn, chmod, rt_sigreturn's old slot,
    // lgetxattr.
    assertEquals(REFUSE, filter.decide(Arch.X86_64, 15));
    assertEquals(Action.allow(), filter.decide(Arch.I386, 15));
  }

  private static int highest(Arch arch) {
    return Collections.max(SyscallTable.numbers(arch).values());
  }

  @Test
  void foreignArchitecturesHaveAnswersOfTheirOwn() {
    SeccompFilter filter =
        SeccompFilter.allowList(Arch.X86_64)
            .foreignArch(Action.trap())
            .foreignArch(Arch.I386, Action.errno(Errno.ENOSYS))
            .foreignArch(Arch.X32, Action.killThread())
            .build();
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide(Arch.I386, 3));
    assertEquals(Action.trap(), filter.decide(Arch.AARCH64, 3));
    assertEquals(Action.killThread(), filter.decide(Arch.X32, "read"));
    SeccompFilter x32Alone = SeccompFilter.allowList(Arch.X32).allow("read").build();
    assertEquals(Action.allow(), x32Alone.decide(Arch.X32, "read"));
    assertEquals(Action.killProcess(), x32Alone.decide(Arch.X86_64, "read"));
  }

  /** A profile of 2021 refuses what it knows and lets libraries fall back from what it does not. */
  @Test
  void whatIsNewerThanTheFilterIsAnsweredDifferently() {
    SeccompFilter filter =
        SeccompFilter.allowList(Arch.X86_64)
            .allow("read", "futex_wait")
            .newestKnown("landlock_restrict_self")
            .build();
    assertEquals(REFUSE, filter.decide("landlock_restrict_self"));
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide("memfd_secret"));
    assertEquals(Action.allow(), filter.decide("futex_wait"));
    // x32's own calls have higher numbers, and are older.
    SeccompFilter x32 = SeccompFilter.denyList(Arch.X32).newestKnown("fchroot").build();
    assertEquals(Action.allow(), x32.decide("readv"));
    assertEquals(filter, filter.toBuilder().build());
    var builder = filter.toBuilder();
    assertThrows(IllegalArgumentException.class, () -> builder.newestKnown("socketcall"));
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
    int start = text.lastIndexOf('\n', text.indexOf("= arg")) + 1;
    return text.substring(start, text.lastIndexOf('\n', text.indexOf("return", start)) + 1);
  }
}
