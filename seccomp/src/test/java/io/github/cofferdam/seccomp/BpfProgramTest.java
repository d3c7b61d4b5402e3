package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BpfProgramTest {
  private static final BpfProgram NO_PTRACE =
      BpfProgram.parse(
          """
          0: A = arch
          1: if A == 0xc000003e goto 2 else 4
          2: A = nr
          3: if A == 0x65 goto 5 else 6
          4: return KILL_PROCESS
          5: return ERRNO(EPERM)
          6: return ALLOW
          """);

  @Test
  void decides() {
    assertEquals(Action.errno(Errno.EPERM), NO_PTRACE.decide(Arch.X86_64, 101));
    assertEquals(Action.allow(), NO_PTRACE.decide(Arch.X86_64, 0, 1, 2, 3));
    assertEquals(Action.killProcess(), NO_PTRACE.decide(Arch.I386, 0));
    assertEquals(5, NO_PTRACE.executed(Arch.X86_64, 101));
    assertEquals(3, NO_PTRACE.executed(Arch.AARCH64, 101));
  }

  @Test
  void decidesByWhateverItIsTold() {
    var program = BpfProgram.parse("A = arg5.high\nA = A | 0x50000\nreturn A");
    assertEquals(
        Action.errno(Errno.EPERM), program.decide(Arch.X86_64, 0, 0, 0, 0, 0, 0, 1L << 32));
    assertEquals(Action.Plain.SKIP, program.decide(Arch.X86_64, 0, 0, 0, 0, 0, 0, 1));
  }

  @Test
  void bytesAreRead() {
    byte[] bytes =
        HexFormat.ofDelimiter(" ")
            .parseHex(
                "20 00 00 00 00 00 00 00 15 00 00 01 3b 00 00 00 06 00 00 00 01 00 05 00 06 00 00"
                    + " 00 00 00 ff 7f");
    assertEquals(
        """
           0: A = nr
           1: if A == 0x3b goto 2 else 3
           2: return ERRNO(EPERM)
           3: return ALLOW
        """,
        BpfProgram.of(bytes).toString());
  }

  @Test
  void bytesThatAreNoProgramAreRefused() {
    byte[] bytes = NO_PTRACE.bytes();
    refused("an instruction has 8 bytes, and 55 bytes end inside of one", Arrays.copyOf(bytes, 55));
    refused("a filter has 1 to 4096 instructions, this one would have 0", new byte[0]);
    refused("a filter has 1 to 4096 instructions, this one would have 4097", new byte[8 * 4097]);
    bytes[8 * 2] = 0x30;
    refused("instruction 2, code 0x30 0x0: operation not allowed here", bytes);
    bytes[8 * 2] = 0x20;
    bytes[8 * 3 + 3] = (byte) 200;
    refused("instruction 3, if A == 0x65 goto 5 else 204: jumps out of the program", bytes);
    bytes[8 * 3 + 3] = 2;
    bytes[8 * 6] = 0x20;
    bytes[8 * 6 + 6] = 0;
    bytes[8 * 6 + 7] = 0;
    refused("instruction 6, A = nr: the last instruction must return", bytes);
  }

  private static void refused(String message, byte[] bytes) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> BpfProgram.of(bytes));
    assertEquals(message, refusal.getMessage());
  }

  @Test
  void theLongestProgramIsRead() {
    var longest =
        new BpfProgram(
            Collections.nCopies(4096, new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0)));
    assertEquals(longest, BpfProgram.of(longest.bytes()));
    assertEquals(longest, BpfProgram.parse(longest.toString()));
  }

  @Test
  void costsWhatAFilterCosts() {
    for (Arch arch : new Arch[] {Arch.X86_64, Arch.AARCH64}) {
      SeccompFilter filter = Baseline.of(arch).filter();
      int highest = Collections.max(SyscallTable.numbers(arch).values());
      assertEquals(filter.cost(), filter.program().cost(arch, 0, highest));
    }
    assertEquals(new FilterCost(7, 5, 5), NO_PTRACE.cost(Arch.X86_64, 101, 101));
    assertEquals(new FilterCost(7, 3, 3), NO_PTRACE.cost(Arch.I386, -5, 5));
    assertEquals(
        new FilterCost(7, 5, 5),
        NO_PTRACE.cost(Arch.X86_64, Integer.MAX_VALUE - 1, Integer.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> NO_PTRACE.cost(Arch.X86_64, 1, 0));
  }

  @Test
  void whatIsAllowedByNumberAloneIsCacheable() {
    assertTrue(NO_PTRACE.cacheable(Arch.X86_64, 0));
    assertFalse(NO_PTRACE.cacheable(Arch.X86_64, 101));
    assertFalse(NO_PTRACE.cacheable(Arch.AARCH64, 0));
    assertFalse(NO_PTRACE.cacheable(Arch.X86_64, -1));
    assertFalse(NO_PTRACE.cacheable(Arch.X32, 0x4000_0000));
    assertTrue(cacheable("A = nr\nA = A & 0xff\nif A >= 0x10 goto 4 else 3\ngoto 4\nreturn ALLOW"));
    assertTrue(
        cacheable(
            "A = nr\nif A & 1 goto 4 else 2\nif A > 0 goto 4 else 3\nreturn ALLOW\n"
                + "A = arg0.low\nreturn A"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return LOG",
        "return 0x7fff0001",
        "return A",
        "A = arg0.low\nreturn ALLOW",
        "A = ip.low\nreturn ALLOW",
        "A = 0\nreturn ALLOW",
        "A = len\nreturn ALLOW",
        "X = A\nreturn ALLOW",
        "mem[0] = A\nreturn ALLOW",
        "A = A + 1\nreturn ALLOW",
        "A = A | 1\nreturn ALLOW",
        "A = A & X\nreturn ALLOW",
        "A = -A\nreturn ALLOW",
        "if A == X goto 1 else 1\nreturn ALLOW"
      })
  void whatElseIsExecutedIsNotCacheable(String text) {
    assertFalse(cacheable(text));
  }

  private static boolean cacheable(String text) {
    return BpfProgram.parse(text).cacheable(Arch.X86_64, 0);
  }

  /** A call argument test elsewhere spoils nothing, and what is cached is allowed. */
  @Test
  void theCacheNeverLies() {
    var random = new Random(31);
    int cacheable = 0;
    for (int i = 0; i < 3000; i++) {
      var program =
          new BpfProgram(
              RandomPrograms.valid(RandomPrograms.instructions(random, 1 + random.nextInt(6))));
      for (int number = 0; number < 4; number++) {
        if (program.cacheable(Arch.X86_64, number)) {
          cacheable++;
          long[] args = random.longs(6).toArray();
          assertEquals(Action.allow(), program.decide(Arch.X86_64, number, args));
        }
      }
    }
    assertTrue(cacheable > 20, "only " + cacheable);
  }

  @Test
  void coverageSaysWhatNoCallHasReached() {
    var coverage = new BpfCoverage(NO_PTRACE);
    assertEquals(0, coverage.executed());
    assertEquals(7, coverage.unreached().size());
    assertEquals(Action.allow(), coverage.decide(Arch.X86_64, 0));
    assertEquals(5, coverage.executed());
    assertEquals(
        List.of(
            "1: if A == 0xc000003e goto 2 else 4: never false",
            "3: if A == 0x65 goto 5 else 6: never true",
            "4: return KILL_PROCESS: never executed",
            "5: return ERRNO(EPERM): never executed"),
        coverage.unreached().stream().map(BpfCoverage.Gap::toString).toList());
    coverage.decide(Arch.I386, 0);
    coverage.decide(Arch.X86_64, 101);
    assertEquals(List.of(), coverage.unreached());
  }

  /** Both ways of a jump count even if they lead to the same place. */
  @Test
  void coverageTellsDirectionsApart() {
    var coverage =
        new BpfCoverage(BpfProgram.parse("A = nr\nif A == 1 goto 2 else 2\nreturn ALLOW"));
    coverage.decide(Arch.X86_64, 1);
    assertEquals(
        List.of(new BpfCoverage.Gap(1, BpfCoverage.Missing.FALSE, "if A == 0x1 goto 2 else 2")),
        coverage.unreached());
  }
}
