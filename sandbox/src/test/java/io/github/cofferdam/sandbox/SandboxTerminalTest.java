package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.RawMode;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.Terminal;
import io.github.cofferdam.launcher.TerminalModes;
import io.github.cofferdam.launcher.TerminalRelay;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.testkit.TerminalUser;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** A confined command on a terminal of its own. */
@Tag("kernel")
class SandboxTerminalTest {
  private static final TerminalSize SIZE = new TerminalSize(33, 111);

  /** The number of ioctl(2) depends on the machine; ctypes does not narrow the command. */
  private static final String IOCTL =
      """
      import ctypes, os
      call = ctypes.CDLL(None, use_errno=True).syscall
      number = 16 if os.uname().machine == 'x86_64' else 29
      def ioctl(fd, command, argument):
          result = call(ctypes.c_long(number), ctypes.c_long(fd), ctypes.c_ulong(command), argument)
          return 0 if result >= 0 else ctypes.get_errno()
      """;

  private static SandboxCommand command(
      Policy policy, PseudoTerminal terminal, List<String> command) {
    return Sandboxed.of(policy)
        .command(command)
        .directory(Path.of("/"))
        .parentEnvironment(ENVIRONMENT)
        .terminal(terminal);
  }

  private static SandboxCommand sh(Policy policy, PseudoTerminal terminal, String script) {
    return command(policy, terminal, List.of("/bin/sh", "-c", script));
  }

  private static String runSh(Policy policy, PseudoTerminal terminal, String script)
      throws IOException, InterruptedException {
    Outcome outcome = sh(policy, terminal, script).run();
    String screen = new String(terminal.screen().readAllBytes(), ISO_8859_1);
    assertTrue(outcome.ending() instanceof Ending.Exited, () -> outcome.ending() + screen);
    return screen;
  }

  private static Policy policy(Isolation isolation) {
    return readonly().isolation(isolation).build();
  }

  /**
   * An interactive bash as people use it. What the keys for signals are meant for must say itself
   * that it runs: before that, the shell may still be in the foreground.
   */
  private static SandboxCommand bash(Isolation isolation, PseudoTerminal terminal) {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no /bin/bash");
    Policy policy =
        readonly()
            .isolation(isolation)
            .environment(
                Environment.DEFAULT.withSet(
                    Map.of("TERM", "dumb", "PS1", "ready> ", "HISTFILE", "")))
            .build();
    return command(policy, terminal, List.of("/bin/bash", "--norc", "--noprofile", "-i"));
  }

  @ParameterizedTest
  @EachIsolation
  void theTerminalIsTheCommandsOwn(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (var terminal = PseudoTerminal.open(SIZE)) {
      int device = 136 << 8 | Integer.parseInt(terminal.path().getFileName().toString());
      String script =
          "stty size; cut -d' ' -f7 /proc/self/stat; echo to the terminal >/dev/tty;"
              + " stty size </dev/tty; test -t 0 && test -t 1 && test -t 2 && echo all three; tty";
      // In a root of its own the host's /dev/pts is out of sight.
      String name = isolation == Isolation.NAMESPACE ? "/dev/console" : terminal.path().toString();

      String screen = runSh(policy(isolation), terminal, script);

      assertEquals(
          "33 111\r\n" + device + "\r\nto the terminal\r\n33 111\r\nall three\r\n" + name + "\r\n",
          screen);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void jobControlWorksInAShell(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (var terminal = PseudoTerminal.open(SIZE);
        SandboxProcess shell = bash(isolation, terminal).start()) {
      var user = new TerminalUser(shell.getInputStream(), shell.getOutputStream());
      String before = user.expect("ready> ");
      assertFalse(before.contains("job control"), before);

      user.enter("sh -c 'echo st\"\"arted; exec sleep 1000'");
      user.expect("started");
      user.type("\003");
      user.expect("ready> ");
      user.enter("echo st''atus $?");
      user.expect("status 130");
      user.expect("ready> ");

      user.enter("sh -c 'echo st\"\"arted; exec cat'");
      user.expect("started");
      user.type("\032");
      user.expect("Stopped");
      user.expect("ready> ");
      user.enter("fg");
      user.expect("exec cat'\r\n");
      // Once from the terminal and once from cat, which only what is in the foreground can read.
      user.enter("any line");
      user.expect("any line\r\nany line\r\n");
      user.type("\003");
      user.expect("ready> ");
      user.enter("jobs; echo st''atus $?");
      user.expect("status 0");
      user.expect("ready> ");

      terminal.resize(new TerminalSize(44, 222));
      user.enter("stty size");
      user.expect("44 222");
      user.expect("ready> ");

      user.enter("(exit 7)");
      user.expect("ready> ");
      user.type("\004");
      assertEquals(new Ending.Exited(7), shell.outcome().ending());
      assertTrue(user.expectEnd().endsWith("exit\r\n"), user::seen);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aNewSizeIsAnnounced(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script = "trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.05; done";
    try (var terminal = PseudoTerminal.open(SIZE);
        SandboxProcess process = sh(policy(isolation), terminal, script).start()) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      user.expect("ready");
      terminal.resize(new TerminalSize(10, 20));
      user.expect("10 20");
      assertEquals(3, process.waitFor());
    }
  }

  /** What types into a terminal is refused, whatever is in the upper half (CVE-2019-7303). */
  @ParameterizedTest
  @EachIsolation
  void nothingCanBeTypedIntoATerminal(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    String script =
        IOCTL
            + """
            tty = os.open('/dev/tty', os.O_RDWR)
            character = ctypes.create_string_buffer(b'x')
            for fd in (0, tty):
                for command in (0x5412, 0x541c):
                    for upper in (0, 1, 0xffffffff, 0x80000000):
                        print(ioctl(fd, upper << 32 | command, character), end=' ')
            size = ctypes.create_string_buffer(8)
            print('size', ioctl(0, 0x5413, size), ioctl(tty, 0x5413, size))
            """;
    for (Policy.Builder policy : List.of(readonly(), fullAccess())) {
      try (var terminal = PseudoTerminal.open(SIZE)) {
        Fd peer = terminal.peer();
        Outcome outcome =
            command(policy.isolation(isolation).build(), terminal, List.of(PYTHON, "-Ic", script))
                .run();

        assertEquals(0, waiting(peer));
        String screen = new String(terminal.screen().readAllBytes(), ISO_8859_1);
        assertEquals(new Ending.Exited(0), outcome.ending(), screen);
        assertEquals("1 ".repeat(16) + "size 0 0\r\n", screen);
      }
    }
  }

  /** From the terminal that the sandbox is used on, the command gets what is typed, no more. */
  @ParameterizedTest
  @EachIsolation
  void theCallersTerminalIsOutOfReach(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    String script =
        IOCTL
            + """
            import sys
            character = ctypes.create_string_buffer(b'x')
            print(ioctl(0, 0x5412, character), ioctl(0, 0x541c, character))
            for flags in (os.O_RDWR, os.O_WRONLY):
                try:
                    os.open(sys.argv[1], flags | os.O_NOCTTY)
                    print('opened')
                except OSError as e:
                    print('refused')
            """;
    try (var outer = PseudoTerminal.open(SIZE);
        var inner = PseudoTerminal.open(SIZE)) {
      TerminalModes before = outer.modes();
      var user = new TerminalUser(outer.screen(), outer.keyboard());
      Outcome outcome;
      try (RawMode raw = Terminal.of(outer.peer()).orElseThrow().raw()) {
        TerminalRelay relay = TerminalRelay.start(inner, outer.peer(), outer.peer());
        try {
          assertEquals(before, raw.before());
          var words = new ArrayList<>(List.of(PYTHON, "-Ic", script, outer.path().toString()));
          outcome = command(policy(isolation), inner, words).run();
        } finally {
          relay.close();
        }
      }
      assertEquals(new Ending.Exited(0), outcome.ending(), user::seen);
      user.expect("1 1\r\nrefused\r\nrefused\r\n");
      assertEquals(0, waiting(outer.peer()));
      assertEquals(before, outer.modes());
    }
  }

  /** More than all buffers hold, both ways. */
  @Test
  void aBigPasteAndABigOutputPass() throws Exception {
    String script = "stty raw -echo; echo ready; head -c 1000000 | tee /dev/stderr | wc -c";
    try (var terminal = PseudoTerminal.open(SIZE);
        SandboxProcess process = sh(policy(Isolation.BASIC), terminal, script).start()) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      user.expect("ready");
      for (int i = 0; i < 100; i++) {
        user.type("x".repeat(10_000));
      }
      assertEquals(0, process.waitFor());
      assertTrue(user.expectEnd().contains("1000000"), "not all came");
      assertTrue(user.seen().length() > 1_000_000);
    }
  }

  /** The streams of the process are the terminal's, as code expects that knows processes only. */
  @Test
  void streamsOfTheProcessAreTheTerminals() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE);
        SandboxProcess process =
            sh(policy(Isolation.BASIC), terminal, "stty -echo; echo go; cat; exit 9").start()) {
      assertEquals('g', process.getInputStream().read());
      try (var in = process.getOutputStream()) {
        in.write("typed\n".getBytes(ISO_8859_1));
      }
      assertEquals(9, process.waitFor());
      assertEquals(
          "o\r\ntyped\r\n", new String(process.getInputStream().readAllBytes(), ISO_8859_1));
      assertEquals(-1, process.getErrorStream().read());
    }
  }

  @Test
  void outputCanBeCapturedBesideTheTerminal() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      Outcome outcome =
          sh(policy(Isolation.BASIC), terminal, "echo out; echo terminal >/dev/tty; stty size")
              .captureOutput()
              .run();
      assertEquals("out\n33 111\n", outcome.output().orElseThrow().out());
      assertEquals("terminal\r\n", new String(terminal.screen().readAllBytes(), ISO_8859_1));
    }
  }

  @Test
  void standardInputHasToBeTheTerminal() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      Outcome outcome = sh(policy(Isolation.BASIC), terminal, "true").stdin(Stdio.discard()).run();
      assertTrue(outcome.ending() instanceof Ending.SetupFailed, outcome::toJson);
      assertEquals(-1, terminal.screen().read());
    }
  }

  @Test
  void aTerminalServesOneCommand() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      SandboxCommand command = sh(policy(Isolation.BASIC), terminal, "echo once");
      command.dryRun();
      assertEquals(new Ending.Exited(0), command.run().ending());
      assertThrows(
          IllegalStateException.class, () -> sh(policy(Isolation.BASIC), terminal, "true"));
    }
  }

  /** How many bytes wait to be read from a terminal. */
  private static int waiting(Fd terminal) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      Syscall.check(
          Syscall.call(
              Syscall.number("ioctl"), terminal.number(), Uapi.FIONREAD(), count.address()),
          "ioctl",
          "look at a terminal's input");
      return count.get(ValueLayout.JAVA_INT, 0);
    }
  }
}
