package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.assertAllRefused;
import static io.github.cofferdam.sandbox.Attempts.number;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** With {@code [processes] debug}, processes of the run are traced, and no others. */
@Tag("kernel")
@FirstAndLaterRuns
final class DebuggingTest {
  private static final Path STRACE = Path.of("/usr/bin/strace");

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private Path work = Path.of("/");

  @BeforeEach
  void realPath() throws IOException {
    work = temporary.toRealPath();
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        readonly().isolation(isolation).debug(true).build(),
        workspace().isolation(isolation).debug(true).build(),
        fullAccess().isolation(isolation).debug(true).build(),
        readonly()
            .isolation(isolation)
            .debug(true)
            .enforcement(Protection.CAPABILITIES, Requirement.OFF)
            .build());
  }

  private static Object[] numbers(long victim) {
    return new Object[] {
      victim, number("ptrace"), number("process_vm_readv"), number("process_vm_writev")
    };
  }

  @ParameterizedTest
  @EachIsolation
  void nobodyElseIsTraced(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 16, 0x4206, 0x4207
        ptrace, readv, writev = [int(each) for each in sys.argv[2:5]]
        piece = ctypes.create_string_buffer(16)
        vector = (ctypes.c_size_t * 2)(ctypes.addressof(piece), 16)
        for name, target in (('victim', int(sys.argv[1])), ('parent', os.getppid()), ('init', 1)):
            attempt(name + '_attach', lambda: call(ptrace, PTRACE_ATTACH, target, 0, 0))
            attempt(name + '_seize', lambda: call(ptrace, PTRACE_SEIZE, target, 0, 0))
            attempt(name + '_readv', lambda: call(readv, target, vector, 1, vector, 1, 0))
            attempt(name + '_writev', lambda: call(writev, target, vector, 1, vector, 1, 0))
            attempt(name + '_mem', lambda: os.open('/proc/%d/mem' % target, os.O_RDWR))
        """;
    Process victim = new ProcessBuilder("sleep", marker()).start();
    try {
      for (Policy policy : policies(isolation)) {
        assertAllRefused(15, Attempts.confined(policy, work, script, numbers(victim.pid())));
      }
    } finally {
      victim.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @EachIsolation
  void itsOwnAre(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        import signal
        PTRACE_TRACEME, PTRACE_CONT, PTRACE_SEIZE = 0, 7, 0x4206
        ptrace, readv = int(sys.argv[2]), int(sys.argv[3])
        here, there = ctypes.create_string_buffer(4), ctypes.create_string_buffer(b'----')
        child = os.fork()
        if child == 0:
            call(ptrace, PTRACE_TRACEME, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(7)
        there.value = b'here'
        stopped = os.waitpid(child, 0)[1]
        local = (ctypes.c_size_t * 2)(ctypes.addressof(here), 4)
        remote = (ctypes.c_size_t * 2)(ctypes.addressof(there), 4)
        attempt('stopped', lambda: os.WIFSTOPPED(stopped))
        attempt('readv', lambda: call(readv, child, local, 1, remote, 1, 0))
        attempt('read', lambda: here.raw.decode())
        attempt('cont', lambda: call(ptrace, PTRACE_CONT, child, 0, 0))
        attempt('exit', lambda: os.WEXITSTATUS(os.waitpid(child, 0)[1]))
        # Two that trace each other could not be killed.
        other = os.fork()
        if other == 0:
            signal.pause()
        attempt('seize', lambda: call(ptrace, PTRACE_SEIZE, other, 0, 0))
        os.kill(other, 9)
        os.waitpid(other, 0)
        """;
    for (Policy policy : policies(isolation)) {
      assertEquals(
          Map.of(
              "stopped", "ok True",
              "readv", "ok 4",
              "read", "ok ----",
              "cont", "ok 0",
              "exit", "ok 7",
              "seize", "EPERM"),
          Attempts.confined(policy, work, script, numbers(0)));
    }
  }

  /** Who names its parent as its tracer names the supervisor, which is none. */
  @ParameterizedTest
  @EachIsolation
  void whoMakesTheSupervisorItsTracerIsKilled(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        call(int(sys.argv[2]), 0, 0, 0, 0)
        os.kill(os.getpid(), 15)
        """;
    for (Policy policy : policies(isolation)) {
      Outcome outcome = Sandboxed.python(policy, work, Attempts.PRELUDE + script, numbers(0));
      assertEquals(new Ending.Signalled(9), outcome.ending(), () -> Sandboxed.text(outcome));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void straceShowsWhatItsCommandDoes(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(STRACE), "strace is not installed");
    for (Policy policy : policies(isolation)) {
      Outcome outcome =
          Sandboxed.run(
              policy, work, List.of(STRACE.toString(), "-f", "/bin/sh", "-c", "true; true"));
      assertEquals(new Ending.Exited(0), outcome.ending(), () -> Sandboxed.text(outcome));
      assertTrue(Sandboxed.text(outcome).contains("exited with 0"), () -> Sandboxed.text(outcome));
    }
  }
}
