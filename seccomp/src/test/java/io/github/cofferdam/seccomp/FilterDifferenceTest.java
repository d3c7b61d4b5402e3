package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class FilterDifferenceTest {
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  @Example
  void saysWhichCallsAndWhichArguments() {
    SeccompFilter before =
        SeccompFilter.denyList(Arch.X86_64)
            .on("mount", REFUSE)
            .on("umount2", REFUSE)
            .on("ioctl", when(arg(1).asInt().eq(0x5412)).then(REFUSE).otherwise(Action.allow()))
            .build();
    SeccompFilter after =
        SeccompFilter.denyList(Arch.X86_64)
            .on("ptrace", REFUSE)
            .on(
                "ioctl",
                when(arg(1).asInt().in(0x5412, 0x541c)).then(REFUSE).otherwise(Action.allow()))
            .build();
    assertEquals(
        """
        x86_64 ioctl if arg1.low != 0x5412 && arg1.low == 0x541c: ALLOW -> ERRNO(EPERM)
        x86_64 ptrace: ALLOW -> ERRNO(EPERM)
        x86_64 mount, umount2: ERRNO(EPERM) -> ALLOW\
        """,
        lines(before.diff(after)));
    assertEquals(List.of(), before.diff(before));
  }

  @Example
  void saysWhatIsDifferentBeyondTheTable() {
    SeccompFilter before = SeccompFilter.denyList(Arch.X86_64, Arch.I386).build();
    SeccompFilter after =
        SeccompFilter.denyList(Arch.X86_64).foreignArch(Arch.X32, Action.allow()).build();
    List<FilterDifference> differences = before.diff(after);
    String text = lines(differences);
    assertTrue(text.contains("i386 restart_syscall, exit, fork, "), text);
    assertTrue(text.contains(": ALLOW -> KILL_PROCESS"), text);
    assertTrue(text.contains("x32 read, write, open, "), text);
    assertTrue(text.contains(", 2147483648..4294967295: ENOSYS") || text.contains("ALLOW"), text);
    assertEquals(
        List.of(Arch.I386, Arch.I386, Arch.X32),
        differences.stream().map(FilterDifference::arch).toList(),
        text);
  }

  @Provide
  Arbitrary<SeccompFilter> filters() {
    return Filters.filters();
  }

  /** A difference is named if and only if there is one; on numbers and on their points. */
  @Property(tries = 60)
  void namesEveryDifference(
      @ForAll("filters") SeccompFilter first, @ForAll("filters") SeccompFilter second) {
    List<FilterDifference> differences;
    try {
      differences = first.diff(second);
    } catch (IllegalArgumentException tangled) {
      assertTrue(String.valueOf(tangled.getMessage()).contains("tangled"));
      return;
    }
    for (Arch arch : Arch.values()) {
      for (var call : SyscallTable.numbers(arch).entrySet()) {
        Action a = first.decide(arch, call.getValue());
        Action b = second.decide(arch, call.getValue());
        boolean named =
            differences.stream()
                .anyMatch(difference ->
                    difference.arch() == arch
                        && difference.calls().contains(call.getKey())
                        && difference.first().equals(a)
                        && difference.second().equals(b));
        assertTrue(a.equals(b) || named, () -> arch + " " + call + " " + lines(differences));
      }
    }
    for (FilterDifference difference : differences) {
      for (String call : difference.calls()) {
        var number = SyscallTable.number(difference.arch(), call);
        if (difference.when().isEmpty() && number.isPresent()) {
          assertEquals(
              difference.first(), first.decide(difference.arch(), number.getAsInt(), 1, 2, 3));
          assertEquals(
              difference.second(), second.decide(difference.arch(), number.getAsInt(), 1, 2, 3));
        }
      }
    }
  }

  /** Programs that nobody of us compiled. */
  @Example
  void comparesProgramsWithoutTheirRules() {
    SeccompFilter filter = SeccompFilter.denyList(Arch.AARCH64).on("mount", REFUSE).build();
    BpfProgram plain = FilterCompiler.compile(filter, false);
    assertEquals(List.of(), FilterDifference.between(filter.program(), plain));
    var refusal =
        assertThrows(
            IllegalArgumentException.class, () -> FilterDifference.between(numbersWith(3), plain));
    assertEquals(
        "bits of the system call number are tested, for too many numbers to be compared",
        refusal.getMessage());
  }

  /** A bit that only some numbers have is followed to each of them. */
  @Example
  void comparesProgramsThatTestBitsOfTheNumber() {
    assertEquals(
        List.of("x86_64 write, close, fstat, poll: ALLOW -> KILL_THREAD"),
        FilterDifference.between(numbersWith(0xffff_fff8), numbersWith(0xffff_fff9)).stream()
            .filter(difference -> difference.arch() == Arch.X86_64)
            .map(FilterDifference::toString)
            .toList());
  }

  /** Kills at a call whose number has any of the bits. */
  private static BpfProgram numbersWith(int bits) {
    return new BpfProgram(
        List.of(
            new BpfInstruction(BpfInstruction.LOAD, 0, 0, SeccompData.NUMBER),
            new BpfInstruction(BpfInstruction.JUMP_ANY_SET, 0, 1, bits),
            new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0),
            new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0x7fff0000)));
  }

  private static String lines(List<FilterDifference> differences) {
    return differences.stream().map(FilterDifference::toString).collect(Collectors.joining("\n"));
  }
}
