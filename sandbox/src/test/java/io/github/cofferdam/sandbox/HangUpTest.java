package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.StreamKind;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;

/** A terminal that no session has, and that is no pseudo-terminal: a console, a serial line. */
@Tag("kernel")
class HangUpTest {
  /** A console that nobody uses; where there are none, or they are others', nothing is tried. */
  private static final String CONSOLE = "/dev/tty63";

  private static Outcome run(Policy policy, Fd terminal, String script) throws Exception {
    return Sandboxed.of(policy)
        .command("/bin/sh", "-c", script)
        .directory(Path.of("/"))
        .parentEnvironment(Sandboxed.ENVIRONMENT)
        .stdin(Stdio.to(terminal))
        .mergeStderr()
        .captureOutput()
        .run();
  }

  @ParameterizedTest
  @EachIsolation
  void itIsHandedOverOnlyIfThePolicyAllowsDevices(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    long number;
    try (Arena arena = Arena.ofConfined()) {
      number =
          Syscall.call(
              Syscall.number("openat"),
              Uapi.AT_FDCWD(),
              arena.allocateFrom(CONSOLE).address(),
              Uapi.O_RDWR() | Uapi.O_NOCTTY() | Uapi.O_CLOEXEC());
    }
    assumeTrue(!Syscall.isError(number), "no " + CONSOLE);
    try (Fd console = Fd.owning(number, "openat", "open " + CONSOLE)) {
      for (Policy.Builder policy :
          List.of(Sandboxed.readonly(), Sandboxed.workspace(), Sandboxed.fullAccess())) {
        assertRefused(
            run(policy.isolation(isolation).build(), console, "true"), "hang up", "[\"devices\"]");
      }
      Policy allowing =
          Sandboxed.readonly().isolation(isolation).allowStream(StreamKind.DEVICES).build();
      Outcome outcome = run(allowing, console, "test -t 0");
      assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
      List<String> warnings = outcome.enforcement().orElseThrow().warnings();
      assertTrue(warnings.getFirst().contains("hang up"), warnings::toString);
    }
  }

  /** Nobody but its master hangs a pseudo-terminal up. */
  @ParameterizedTest
  @EachIsolation
  void pseudoTerminalsPassAndStay(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script = "exec setsid -w sh -c 'test -t 0 && exec 3</proc/self/fd/0; :'";
    try (var terminal = PseudoTerminal.open(TerminalSize.DEFAULT)) {
      Outcome outcome =
          run(Sandboxed.readonly().isolation(isolation).build(), terminal.peer(), script);
      assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
      assertEquals(TerminalSize.DEFAULT, terminal.size().orElseThrow());
      terminal.keyboard().write('x');
      assertEquals('x', terminal.screen().read());
    }
  }
}
