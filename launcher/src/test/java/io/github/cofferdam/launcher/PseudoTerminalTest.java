package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdOutputStream;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.testkit.TerminalUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
class PseudoTerminalTest {
  private static final TerminalSize SIZE = new TerminalSize(31, 97);

  private static Launched start(PseudoTerminal terminal, Supervision supervision, String script)
      throws Exception {
    var peer = Stdio.to(terminal.peer());
    LaunchPlan plan =
        Commands.shell(supervision, script)
            .commandSteps(
                PseudoTerminal.control()
                    .then(Commands.defaultActions(Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT())))
            .build();
    return Launcher.start(plan, new StdioSet(peer, peer, Optional.of(peer)));
  }

  private static Exit end(Launched launched, TerminalRelay relay) throws Exception {
    try {
      return Commands.end(launched);
    } finally {
      relay.close();
    }
  }

  private static String runOn(PseudoTerminal terminal, Supervision supervision, String script)
      throws Exception {
    try (Launched launched = start(terminal, supervision, script)) {
      Commands.end(launched);
      terminal.ended();
      return new String(terminal.screen().readAllBytes(), ISO_8859_1);
    }
  }

  @EachSupervision
  void isTheCommandsTerminal(Supervision supervision) throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      // Field 7 of stat is the controlling terminal: 136 << 8 | number.
      String script = "tty; stty size; cut -d' ' -f7 /proc/self/stat; echo seen >/dev/tty";
      int number = Integer.parseInt(terminal.path().getFileName().toString());

      assertEquals(
          terminal.path() + "\r\n31 97\r\n" + (136 << 8 | number) + "\r\nseen\r\n",
          runOn(terminal, supervision, script));
      assertEquals(Optional.of(SIZE), terminal.size());
    }
  }

  @EachSupervision
  void ctrlCInterrupts(Supervision supervision) throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      try (Launched launched =
          start(terminal, supervision, "trap 'echo caught; exit 5' INT; echo ready; read x")) {
        user.expect("ready");
        user.type("\003");
        user.expect("caught");
        assertEquals(5, Commands.end(launched).code());
      }
    }
  }

  @Test
  void aNewSizeIsAnnounced() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      String script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done";
      try (Launched launched = start(terminal, Supervision.CHILD_WALK, script)) {
        user.expect("ready");
        terminal.resize(new TerminalSize(7, 11));
        user.expect("7 11");
        assertEquals(0, Commands.end(launched).code());
      }
    }
  }

  /** The last bytes are still on their way when the command has ended. */
  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 4096, 100_000})
  void nothingOfTheOutputIsLost(int lines) throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      try (Launched launched = start(terminal, Supervision.CHILD_WALK, "seq 1 " + lines)) {
        assertEquals(0, Commands.end(launched).code());
        terminal.ended();
      }
      assertEquals(lines, user.expectEnd().lines().count());
      assertTrue(user.seen().endsWith("\r\n"), user::seen);
    }
  }

  @Test
  void theKeyboardsEndIsTheInputsEnd() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      String script = "stty -echo; echo ready; cat; echo; echo rest; cat";
      try (Launched launched = start(terminal, Supervision.CHILD_WALK, script)) {
        user.expect("ready\r\n");
        try (var keyboard = terminal.keyboard()) {
          keyboard.write("a\nb".getBytes(ISO_8859_1));
        }
        assertEquals("a\r\nb\r\nrest", user.expect("rest"));
        // Whoever reads on needs another one.
        try (var more = terminal.keyboard()) {
          more.write("c\n".getBytes(ISO_8859_1));
        }
        assertEquals("\r\nc", user.expect("c"));
        assertEquals(0, Commands.end(launched).code());
      }
    }
  }

  /** More than all buffers hold, both ways at the same time. */
  @Test
  void aBigPasteAndABigOutputPass() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      String script = "stty -echo; echo ready; cat | wc -c; echo over";
      try (Launched launched = start(terminal, Supervision.CHILD_WALK, script)) {
        user.expect("ready");
        String line = "x".repeat(99) + "\n";
        for (int i = 0; i < 100; i++) {
          user.type(line.repeat(100));
        }
        user.type("\004");
        assertEquals("1000000", user.expect("over").lines().toList().get(1).strip());
        assertEquals(0, Commands.end(launched).code());
      }
    }
  }

  @Test
  void hangingUpReachesTheCommand() throws Exception {
    var terminal = PseudoTerminal.open(SIZE);
    try (Launched launched = start(terminal, Supervision.CHILD_WALK, "exec sleep 1000")) {
      terminal.close();
      assertEquals(Uapi.SIGHUP(), Commands.end(launched).signal());
    } finally {
      terminal.close();
    }
    assertThrows(IllegalStateException.class, terminal::peer);
    assertThrows(KernelException.class, terminal::modes);
    assertEquals(-1, terminal.screen().read());
  }

  /** A stranger that holds the other end and writes for ever cannot hold up the end. */
  @Test
  void theScreenEndsAlthoughAStrangerWrites() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      Process stranger = new ProcessBuilder("yes").redirectOutput(terminal.path().toFile()).start();
      try {
        terminal.ended();
        long read = terminal.screen().readAllBytes().length;
        assertTrue(read < 2 << 20, () -> read + " bytes");
      } finally {
        stranger.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void rawModeEnds() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      Terminal caller = Terminal.of(terminal.peer()).orElseThrow();
      TerminalModes before = caller.modes();
      try (RawMode raw = caller.raw()) {
        assertEquals(before, raw.before());
        assertEquals(before.raw(), caller.modes());
        assertNotEquals(before, caller.modes());
        assertFalse(caller.modes().editsLines());
        caller.modes(before);
        raw.again();
        assertEquals(before.raw(), caller.modes());
      }
      assertEquals(before, caller.modes());
      assertTrue(before.editsLines());
      assertEquals(4, before.endOfFile());
    }
  }

  @Test
  void rawModeEndsAlthoughTheTerminalIsGone() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      RawMode raw = Terminal.of(terminal.peer()).orElseThrow().raw();
      hangUp(terminal);
      assertDoesNotThrow(raw::close);
      assertDoesNotThrow(raw::again);
    }
  }

  /** A caller's terminal, a relay, and a command's terminal; all that is typed and shown passes. */
  @Test
  void aRelayJoinsTwoTerminals() throws Exception {
    try (var outer = PseudoTerminal.open(SIZE);
        var inner = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(outer.screen(), outer.keyboard());
      TerminalModes before = outer.modes();
      try (RawMode raw = Terminal.of(outer.peer()).orElseThrow().raw();
          Launched launched =
              start(
                  inner,
                  Supervision.CHILD_WALK,
                  "trap 'echo caught' INT; echo ready; while [ ! \"$x\" ]; do read x; done; echo"
                      + " got $x")) {
        TerminalRelay relay = TerminalRelay.start(inner, outer.peer(), outer.peer());
        assertEquals(before, raw.before());
        user.expect("ready");
        user.type("\003");
        user.expect("caught");
        user.enter("wo''rd");
        user.expect("got wo''rd\r\n");
        assertEquals(0, end(launched, relay).code());
      }
      assertEquals(before, outer.modes());
    }
  }

  @Test
  void aRelaysInputEndsForEveryReader() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE);
        var in = Pipe.open();
        var out = Pipe.open()) {
      try (var typing = new FdOutputStream(in.write())) {
        typing.write("a\nb".getBytes(ISO_8859_1));
      }
      try (Launched launched =
          start(terminal, Supervision.CHILD_WALK, "cat; cat; cat; echo over; exit 4")) {
        TerminalRelay relay = TerminalRelay.start(terminal, in.read(), out.write());
        assertEquals(4, end(launched, relay).code());
      }
      out.write().close();
      assertTrue(Commands.readAll(out.read()).endsWith("over\r\n"));
    }
  }

  /** Nobody can read the screen any more, as when a terminal's window is closed. */
  @Test
  void aRelayWithoutAReaderHangsUp() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE);
        var in = Pipe.open();
        var out = Pipe.open()) {
      out.read().close();
      try (Launched launched = start(terminal, Supervision.CHILD_WALK, "echo x; sleep 1000")) {
        TerminalRelay relay = TerminalRelay.start(terminal, in.read(), out.write());
        assertEquals(Uapi.SIGHUP(), end(launched, relay).signal());
      }
    }
  }

  /** The caller's terminal hangs up. */
  @Test
  void aRelayWhoseTerminalIsGoneHangsUp() throws Exception {
    try (var outer = PseudoTerminal.open(SIZE);
        var inner = PseudoTerminal.open(SIZE)) {
      Fd in = Fd.owning(Syscall.call(Syscall.number("dup"), outer.peer().number()), "dup", "copy");
      try (in;
          Launched launched = start(inner, Supervision.CHILD_WALK, "sleep 1000")) {
        TerminalRelay relay = TerminalRelay.start(inner, in, in);
        hangUp(outer);
        assertEquals(Uapi.SIGHUP(), end(launched, relay).signal());
      }
    }
  }

  private static void hangUp(PseudoTerminal terminal) {
    terminal.close();
  }

  @Test
  void descriptorsAreGivenBack() throws Exception {
    try (var terminal = PseudoTerminal.open(SIZE)) {
      assertTrue(Files.exists(terminal.path()));
    }
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      PseudoTerminal.open(SIZE).close();
    }
    assertEquals(before, descriptors());
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
