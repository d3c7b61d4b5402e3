package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The verifier and the interpreter against the running kernel. */
@Tag("kernel")
final class BpfKernelTest {
  private static final BpfInstruction RETURN = new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0);

  /** Every code of 16 bits, where an operation's constant is right and where it is not. */
  @Test
  void theVerifierKnowsEveryCode() throws Exception {
    var store = new BpfInstruction(BpfOperation.STORE.code(), 0, 0, 0);
    int taken =
        FullThread.run(() -> {
          int count = 0;
          for (int code = 0; code <= 0xffff; code++) {
            for (int k : code < 0x200 ? RandomPrograms.CONSTANTS : List.of(0)) {
              count += agrees(List.of(store, new BpfInstruction(code, 0, 0, k), RETURN)) ? 1 : 0;
            }
          }
          return count;
        });
    assertTrue(taken > 400, () -> "only " + taken);
  }

  @Test
  void theVerifierKnowsTheKernelsRules() throws Exception {
    var random = new Random(20261121);
    FullThread.run(() -> {
      var verdicts = new ArrayList<Boolean>();
      for (int i = 0; i < 20_000; i++) {
        List<BpfInstruction> valid =
            RandomPrograms.valid(RandomPrograms.instructions(random, 1 + random.nextInt(30)));
        assertTrue(agrees(valid), () -> text(valid));
        verdicts.add(agrees(mutated(random, valid)));
      }
      assertBoth(verdicts);
      return null;
    });
  }

  /** Few cells, many ways to them. */
  @Test
  void theVerifierKnowsWhichCellsAreWritten() throws Exception {
    var random = new Random(4);
    List<Integer> codes =
        List.of(0x02, 0x03, 0x02, 0x03, 0x60, 0x61, 0x05, 0x15, 0x1d, 0x25, 0x35, 0x4d, 0x06, 0x16);
    FullThread.run(() -> {
      var verdicts = new ArrayList<Boolean>();
      for (int i = 0; i < 20_000; i++) {
        var program = new ArrayList<BpfInstruction>();
        for (int j = 2 + random.nextInt(12); j > 0; j--) {
          program.add(
              new BpfInstruction(
                  RandomPrograms.pick(random, codes),
                  random.nextInt(4),
                  random.nextInt(4),
                  random.nextInt(2)));
        }
        verdicts.add(agrees(RandomPrograms.withinBounds(program)));
      }
      assertBoth(verdicts);
      return null;
    });
  }

  @Test
  void theVerifierKnowsTheLimits() throws Exception {
    FullThread.run(() -> {
      for (int length : new int[] {0, 1, 4095, 4096, 4097, 8192, 65535}) {
        assertEquals(length > 0 && length <= 4096, agrees(Collections.nCopies(length, RETURN)));
      }
      for (int distance : new int[] {0, 253, 254, 255}) {
        var program = new ArrayList<>(Collections.nCopies(256, RETURN));
        program.set(0, new BpfInstruction(BpfInstruction.JUMP_EQUAL, distance, 0, 0));
        assertEquals(distance < 255, agrees(program));
        program.set(0, new BpfInstruction(BpfInstruction.JUMP, 0, 0, distance));
        assertEquals(distance < 255, agrees(program));
      }
      return null;
    });
  }

  /** {@return what the kernel and the verifier say alike} */
  private static boolean agrees(List<BpfInstruction> program) {
    boolean ours;
    try {
      BpfVerifier.check(program);
      ours = true;
    } catch (IllegalArgumentException refusal) {
      ours = false;
    }
    assertEquals(FullThread.accepts(program), ours, () -> text(program));
    return ours;
  }

  private static void assertBoth(List<Boolean> verdicts) {
    int taken = Collections.frequency(verdicts, true);
    assertTrue(
        taken > verdicts.size() / 10 && taken < verdicts.size() * 9 / 10,
        () -> taken + " of " + verdicts.size());
  }

  private static List<BpfInstruction> mutated(Random random, List<BpfInstruction> program) {
    var mutated = new ArrayList<>(program);
    for (int i = 1 + random.nextInt(3); i > 0 && !mutated.isEmpty(); i--) {
      int at = random.nextInt(mutated.size());
      BpfInstruction old = mutated.get(at);
      int code = old.code();
      int near = random.nextInt(mutated.size() + 3);
      switch (random.nextInt(7)) {
        case 0 -> mutated.remove(at);
        case 1 -> mutated.add(at, RandomPrograms.pick(random, mutated));
        case 2 ->
            mutated.set(
                at, new BpfInstruction(random.nextInt(256), old.ifTrue(), old.ifFalse(), old.k()));
        case 3 -> mutated.set(at, new BpfInstruction(code, near, old.ifFalse(), old.k()));
        case 4 -> mutated.set(at, new BpfInstruction(code, old.ifTrue(), near, old.k()));
        case 5 -> mutated.set(at, new BpfInstruction(code, old.ifTrue(), old.ifFalse(), near));
        default ->
            mutated.set(
                at,
                new BpfInstruction(
                    code,
                    old.ifTrue(),
                    old.ifFalse(),
                    RandomPrograms.pick(random, RandomPrograms.CONSTANTS)));
      }
    }
    return mutated;
  }

  private static String text(List<BpfInstruction> program) {
    var text = new StringBuilder();
    for (int at = 0; at < program.size(); at++) {
      text.append(at).append(": ").append(program.get(at).toString(at)).append('\n');
    }
    return text.toString();
  }

  /**
   * Programs on getppid, which takes no arguments, so that any can be tried. What a program has
   * computed becomes the error that the call answers: eleven bits of it, from the one that the last
   * argument names.
   */
  @Test
  void theInterpreterComputesWhatTheKernelComputes() throws Exception {
    int getppid = Syscall.number("getppid");
    var random = new Random(815);
    Set<Long> seen = new HashSet<>();
    Set<BpfOperation> operations = new HashSet<>();
    for (int i = 0; i < 1500; i++) {
      BpfProgram program = computing(random, getppid);
      var coverage = new BpfCoverage(program);
      onThread(() -> {
        NoNewPrivileges.program().then(program.install()).run();
        for (int j = 0; j < 60; j++) {
          long[] args = new long[6];
          for (int k = 0; k < 5; k++) {
            args[k] = Filters.value(random);
          }
          args[5] = List.of(0, 11, 22).get(j % 3);
          SeccompData data = SeccompData.of(getppid, Arch.host().auditArch(), args);
          // A division by zero would kill this thread: see below.
          if (Action.of(coverage.run(data).returnValue()) instanceof Action.Fail(int errno)) {
            long answer = Syscall.call(getppid, args);
            assertEquals(-errno, answer, () -> List.of(args[0], args[1], args[2]) + "\n" + program);
            seen.add(answer);
          }
        }
      });
      Set<Integer> unreached = new HashSet<>();
      coverage.unreached().forEach(gap -> unreached.add(gap.at()));
      for (int at = 3; at < program.length(); at++) {
        if (!unreached.contains(at)) {
          operations.add(program.instruction(at).operation());
        }
      }
    }
    assertTrue(seen.size() > 500, () -> "only " + seen.size() + " results");
    // A return of a constant ends no computation.
    assertEquals(BpfOperation.values().length - 1, operations.size(), operations::toString);
  }

  /** A random computation, whose result is returned as an error from 2048 to 4095. */
  private static BpfProgram computing(Random random, int number) {
    var program = new ArrayList<BpfInstruction>();
    BpfProgram start =
        BpfProgram.parse("A = nr\nif A == " + number + " goto 3 else 2\nreturn ALLOW\nreturn A");
    for (int at = 0; at < 3; at++) {
      program.add(start.instruction(at));
    }
    var body = new ArrayList<BpfInstruction>();
    if (random.nextBoolean()) {
      body.add(new BpfInstruction(BpfInstruction.LOAD, 0, 0, SeccompData.low(0)));
      body.add(new BpfInstruction(BpfOperation.COPY_TO_X.code(), 0, 0, 0));
      body.add(new BpfInstruction(BpfInstruction.LOAD, 0, 0, SeccompData.low(1)));
    }
    for (BpfInstruction any : RandomPrograms.instructions(random, 1 + random.nextInt(20))) {
      if (!any.operation().returns()) {
        body.add(any);
      }
    }
    // Jumps go as far as this return, whose place the end takes.
    body.add(RETURN);
    List<BpfInstruction> valid = RandomPrograms.valid(body);
    for (BpfInstruction computes : valid.subList(0, valid.size() - 1)) {
      program.add(isPointer(computes) ? program.getFirst() : computes);
    }
    BpfProgram end =
        BpfProgram.parse(
            """
            mem[15] = A
            A = arg5.low
            X = A
            A = mem[15]
            A = A >> X
            A = A & 0x7ff
            A = A | 0x50800
            return A
            """);
    for (int at = 0; at < end.length(); at++) {
      program.add(end.instruction(at));
    }
    return new BpfProgram(program);
  }

  /** Whether this loads half of the instruction pointer, which is not known beforehand. */
  private static boolean isPointer(BpfInstruction instruction) {
    return instruction.code() == BpfInstruction.LOAD
        && (instruction.k() & ~Integer.BYTES) == SeccompData.ARGUMENTS - Long.BYTES;
  }

  /** Shells ask for their parent when they start. */
  @Test
  void toDivideByZeroKills() throws Exception {
    String text = "A = nr\nif A == %d goto 3 else 2\nreturn ALLOW\nX = %d\nA = A / X\nreturn ALLOW";
    int getppid = Syscall.number("getppid");
    Exit one = shell(BpfProgram.parse(text.formatted(getppid, 1)));
    assertEquals(List.of(0, 3), List.of(one.signal(), one.code()));
    Exit zero = shell(BpfProgram.parse(text.formatted(getppid, 0)));
    // SIGSYS.
    assertEquals(31, zero.signal());
  }

  private static Exit shell(BpfProgram program) throws Exception {
    var plan =
        LaunchPlan.of("/bin/sh", List.of("sh", "-c", "exit 3"))
            .directory("/")
            .commandSteps(NoNewPrivileges.program().then(program.install()))
            .build();
    var stdio = new StdioSet(Stdio.discard(), Stdio.discard(), Optional.empty());
    try (Launched launched = Launcher.start(plan, stdio)) {
      return launched.await();
    }
  }

  private interface Task {
    void run() throws Exception;
  }

  private static void onThread(Task task) throws Exception {
    var future =
        new FutureTask<>(() -> {
          task.run();
          return true;
        });
    Thread.ofPlatform().daemon().start(future).join();
    future.get();
  }
}
