package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Programs on the running kernel, each on a thread that ends with it. */
@Tag("kernel")
final class KernelTest {
  private static final BpfInstruction ALLOW =
      new BpfInstruction(BpfInstruction.RETURN, 0, 0, Action.allow().returnValue());

  @Test
  void takesEveryBaseline() throws Exception {
    for (Arch arch : new Arch[] {Arch.X86_64, Arch.AARCH64}) {
      for (Sockets sockets : Sockets.values()) {
        for (int bits = 0; bits < 256; bits++) {
          var baseline =
              new Baseline(
                  arch,
                  sockets,
                  (bits & 1) != 0,
                  (bits & 2) != 0,
                  (bits & 4) != 0,
                  (bits & 8) != 0,
                  (bits & 16) != 0,
                  (bits & 32) != 0,
                  (bits & 64) != 0,
                  (bits & 128) != 0);
          assertTaken(baseline.filter().program());
        }
      }
    }
  }

  @Test
  void takesRandomFilters() throws Exception {
    var rules = new RandomRules(20260921);
    for (int i = 0; i < 60; i++) {
      assertTaken(rules.filter(List.of(Action.allow(), Action.log())).program());
    }
  }

  @Test
  void takesLongProgramsWithLongJumps() throws Exception {
    var assembler = new BpfAssembler();
    var end = new BpfAssembler.Label();
    assembler.load(SeccompData.NUMBER);
    for (int i = 0; i < 1000; i++) {
      var next = new BpfAssembler.Label();
      assembler.jumpIf(BpfInstruction.JUMP_EQUAL, -i, end, next);
      assembler.bind(next);
    }
    // 1000 tests, of which all but the last few need a relay, and relays of relays.
    for (int i = 0; i < 3000; i++) {
      assembler.returns(Action.log());
    }
    assembler.bind(end);
    assembler.load(SeccompData.ARCH);
    assembler.returns(Action.allow());
    BpfProgram program = assembler.assemble();
    assertTrue(program.length() > 4000, () -> "" + program.length());
    assertTaken(program);
  }

  /**
   * The kernel's arithmetic is the interpreter's: getppid takes no arguments, so any can be tried.
   */
  @Test
  void decidesAsTheInterpreter() throws Exception {
    int getppid = Syscall.number("getppid");
    var actions =
        List.of(Action.allow(), Action.errno(Errno.EPERM), Action.errno(Errno.EDOM), Action.log());
    var rules = new RandomRules(4711);
    var seen = new ArrayList<Long>();
    for (int i = 0; i < 60; i++) {
      Rule rule = rules.rule(actions);
      SeccompFilter filter = SeccompFilter.denyList(Arch.host()).on("getppid", rule).build();
      onThread(() -> {
        filter.installOnThisThread();
        for (long[] point : Filters.points(rule)) {
          long[] args = Arrays.copyOf(point, 6);
          long result = Math.min(Syscall.call(getppid, args), 0);
          long expected =
              filter.decide("getppid", args) instanceof Action.Fail(int errno) ? -errno : 0;
          assertEquals(expected, result, filter::disassemble);
          seen.add(result);
        }
        return null;
      });
    }
    assertEquals(Set.of(0L, -1L, -33L), Set.copyOf(seen));
  }

  /** What the verifier refuses, the kernel refuses as well. */
  @Test
  void refusesWhatTheVerifierRefuses() throws Exception {
    var tooLong = new ArrayList<BpfInstruction>();
    for (int i = 0; i <= BpfVerifier.MAX_INSTRUCTIONS; i++) {
      tooLong.add(ALLOW);
    }
    var refused =
        List.of(
            List.<BpfInstruction>of(),
            tooLong,
            List.of(new BpfInstruction(BpfInstruction.LOAD, 0, 0, 64), ALLOW),
            List.of(new BpfInstruction(BpfInstruction.LOAD, 0, 0, 2), ALLOW),
            List.of(new BpfInstruction(BpfInstruction.JUMP, 0, 0, 1), ALLOW),
            List.of(new BpfInstruction(BpfInstruction.JUMP, 0, 0, -2), ALLOW),
            List.of(new BpfInstruction(BpfInstruction.JUMP_EQUAL, 0, 1, 0), ALLOW),
            List.of(new BpfInstruction(BpfInstruction.JUMP_ANY_SET, 1, 0, 0), ALLOW),
            List.of(ALLOW, new BpfInstruction(BpfInstruction.AND, 0, 0, 1)),
            List.of(new BpfInstruction(0x30, 0, 0, 0), ALLOW));
    onThread(() -> {
      NoNewPrivileges.program().run();
      for (List<BpfInstruction> program : refused) {
        assertEquals(-Errno.EINVAL.number(), RawProgram.install(program), program::toString);
      }
      assertEquals(0, RawProgram.install(List.of(ALLOW)));
      return null;
    });
  }

  /** Other threads stay as they are, and what a confined thread starts does not. */
  @Test
  void confinesThisThreadAlone() throws Exception {
    int unshare = Syscall.number("unshare");
    long[] results =
        onThread(() -> {
          Baseline.of(Arch.host()).filter().installOnThisThread();
          long own = Syscall.call(unshare, 0);
          return new long[] {own, onThread(() -> Syscall.call(unshare, 0))};
        });
    assertEquals(-Errno.EPERM.number(), results[0]);
    assertEquals(-Errno.EPERM.number(), results[1]);
    assertEquals(0, Syscall.call(unshare, 0));
  }

  private static void assertTaken(BpfProgram program) throws Exception {
    // Whatever it decides, the thread and the virtual machine have to go on.
    var harmless = new ArrayList<BpfInstruction>();
    for (int at = 0; at < program.length(); at++) {
      BpfInstruction instruction = program.instruction(at);
      harmless.add(instruction.code() == BpfInstruction.RETURN ? ALLOW : instruction);
    }
    SetupProgram install = NoNewPrivileges.program().then(new BpfProgram(harmless).install());
    onThread(() -> {
      install.run();
      return null;
    });
  }

  private static <T extends @Nullable Object> T onThread(Callable<T> task) throws Exception {
    var future = new FutureTask<>(task);
    Thread.ofPlatform().start(future).join();
    return future.get();
  }
}
