package io.github.cofferdam.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.TerminalModes;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.testkit.TerminalUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code cofferdam run --tty}, used at a terminal as people do. */
@Tag("kernel")
class TerminalTest {
  private static final TerminalSize SIZE = new TerminalSize(29, 93);

  /** The command in a session of its own, whose terminal is the given one. */
  private static Launched start(PseudoTerminal caller, String... args) throws IOException {
    List<String> options = List.of(args).subList(0, List.of(args).indexOf("--"));
    Cofferdam.assumeLandlockSuffices(options.toArray(String[]::new));
    List<String> words = Cofferdam.words();
    words.add("run");
    words.addAll(List.of(args));
    return Cofferdam.atTerminal(caller, words);
  }

  private static Exit end(Launched launched) throws Exception {
    return launched
        .await(Duration.ofSeconds(60))
        .orElseThrow(() -> new AssertionError("it does not end"));
  }

  @Test
  void theCallersTerminalIsJoinedAndThenAsItWas() throws Exception {
    String script =
        "trap 'echo caught' INT; echo first; stty size; read a; read b; echo got $a $b;"
            + " trap 'stty size; exit 6' WINCH; echo waiting; while :; do sleep 0.05; done";
    try (var caller = PseudoTerminal.open(SIZE)) {
      TerminalModes before = caller.modes();
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched cofferdam = start(caller, "--tty", "--", "bash", "-c", script)) {
        user.expect("first\r\n29 93\r\n");
        assertFalse(caller.modes().editsLines());
        user.type("\003");
        user.expect("caught");
        user.enter("on''e");
        user.enter("tw''o");
        user.expect("got on''e tw''o");
        user.expect("waiting");
        caller.resize(new TerminalSize(17, 71));
        user.expect("17 71");
        assertEquals(6, end(cofferdam).code());
      }
      assertEquals(before, caller.modes());
    }
  }

  /** A command that shares the caller's terminal may leave it in any state. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void aSharedTerminalIsAsItWas(String isolation) throws Exception {
    String script =
        """
        import fcntl, os, tty
        tty.setraw(0)
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)
        os.write(1, b'chan' + b'ged')
        os._exit(3)
        """;
    try (var caller = PseudoTerminal.open(SIZE)) {
      TerminalModes before = caller.modes();
      long flags = flags(caller.peer());
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched cofferdam =
          start(caller, "--isolation", isolation, "--", "/usr/bin/python3", "-Ic", script)) {
        user.expect("changed");
        assertEquals(3, end(cofferdam).code());
      }
      assertEquals(before, caller.modes());
      assertEquals(flags, flags(caller.peer()));
    }
  }

  /** The command may have any key, and any part of a terminal's own answers, stop the output. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void outputThatIsStoppedGoesOn(String isolation, @TempDir Path folder) throws Exception {
    String script =
        """
        import os, sys, termios, time
        modes = termios.tcgetattr(0)
        modes[0] |= termios.IXON
        modes[6][termios.VSTOP] = b'c'
        termios.tcsetattr(0, termios.TCSANOW, modes)
        os.write(1, b'rea' + b'dy')
        time.sleep(1000)
        """;
    Path report = folder.resolve("report.json");
    try (var caller = PseudoTerminal.open(SIZE)) {
      TerminalModes before = caller.modes();
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched cofferdam =
          start(
              caller,
              "--isolation",
              isolation,
              "--timeout",
              "2s",
              "--report",
              report.toString(),
              "--",
              "/usr/bin/python3",
              "-Ic",
              script)) {
        user.expect("ready");
        user.type("c");
        user.expect("cofferdam: ended after 2.0 s");
        assertEquals(124, end(cofferdam).code());
      }
      assertEquals(before, caller.modes());
      assertTrue(Files.exists(report));
    }
  }

  private static long flags(Fd fd) {
    return Syscall.call(Syscall.number("fcntl"), fd.number(), Uapi.F_GETFL());
  }

  @Test
  void aRefusalIsReadable() throws Exception {
    try (var caller = PseudoTerminal.open(SIZE)) {
      TerminalModes before = caller.modes();
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched cofferdam = start(caller, "-t", "--", "/there/is/none")) {
        user.expect("cofferdam: ");
        user.expect("\r\n");
        assertEquals(127, end(cofferdam).code());
      }
      assertEquals(before, caller.modes());
    }
  }

  /** Only a person says yes; what is typed after that is the command's. */
  @ParameterizedTest
  @CsvSource({"y, true", "YES, true", "n, false", "'', false", "yesterday, false"})
  void whatIsDestructiveIsAskedFor(String answer, boolean runs, @TempDir Path folder)
      throws Exception {
    Path policy =
        Files.writeString(
            folder.resolve("policy.toml"),
            "[[network.command_rules]]\npattern = 'cat'\ndestructive = true\n");
    try (var caller = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched cofferdam =
          start(caller, "--policy", policy.toString(), "--", "sh", "-c", "cat; echo do''ne")) {
        user.expect("marks this command as destructive");
        user.expect("[y/N] ");
        user.enter(answer);
        if (runs) {
          user.enter("to the com''mand");
          user.expect("to the com''mand\r\nto the com''mand");
          user.type("\004");
          user.expect("done");
        } else {
          user.expect("cofferdam: refused: ");
        }
        assertEquals(runs ? 0 : 125, end(cofferdam).code());
      }
    }
  }

  @Test
  void aTimeOutIsReadable() throws Exception {
    try (var caller = PseudoTerminal.open(SIZE)) {
      TerminalModes before = caller.modes();
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched cofferdam =
          start(caller, "-t", "--timeout", "1s", "--", "sh", "-c", "stty -echo; sleep 1000")) {
        user.expect("cofferdam: ended after 1.0 s\r\n");
        assertEquals(124, end(cofferdam).code());
      }
      assertEquals(before, caller.modes());
    }
  }

  /** As when the window is closed. */
  @Test
  void nothingSurvivesTheEndOfTheCallersTerminal(@TempDir Path temporary) throws Exception {
    String seconds = Survivors.uniqueSeconds();
    try (var caller = PseudoTerminal.open(SIZE)) {
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      String script = "echo ready; exec sleep " + seconds;
      try (Launched cofferdam = start(caller, "-t", "--", "sh", "-c", script)) {
        user.expect("ready");
        assertFalse(Survivors.of(seconds).isEmpty());
        hangUp(caller);
        end(cofferdam);
      }
    }
    assertEquals(List.of(), Survivors.after(Duration.ofSeconds(10), seconds));
    assertTrue(Files.exists(temporary));
  }

  private static void hangUp(PseudoTerminal terminal) {
    terminal.close();
  }

  @Test
  void withoutATerminalThereIsOneOfTheUsualSize() {
    ProcessBuilder command =
        Cofferdam.shell("stty size; cat; tty; exit 5", "--tty", "--isolation=basic");
    Cofferdam.Result result = Cofferdam.run(command, "a\nb".getBytes(UTF_8)).expect(5);
    assertTrue(result.out().contains("24 80\r\n"), result::out);
    // Once as the terminal's echo, once from cat.
    assertEquals(3, result.out().split("a\r\nb", -1).length, result::out);
    assertTrue(result.out().contains("/dev/pts/"), result::out);
  }

  @Test
  void aShellThatReadsItsCommandsFromAPipeEnds() {
    ProcessBuilder command =
        Cofferdam.command("run", "--tty", "--", "bash", "--norc", "--noprofile");
    Cofferdam.Result result =
        Cofferdam.run(command, "echo li''ne\nexit $((3 + 4))".getBytes(UTF_8)).expect(7);
    assertTrue(result.out().contains("line\r\n"), result::out);
  }

  @Test
  void aDryRunShowsTheTerminal() {
    String steps = Cofferdam.run("run", "--tty", "--dry-run", "--", "true").expect(0).out();
    assertTrue(steps.contains("ioctl(0, TIOCSCTTY, 0)"), steps);
    assertTrue(steps.contains("\"/dev/tty\""), steps);
    assertFalse(
        Cofferdam.run("run", "--dry-run", "--", "true").expect(0).out().contains("TIOCSCTTY"));
  }

  /** A bash in a terminal emulator: job control, Ctrl-C, and a window that gets another size. */
  @Test
  void bashIsAtHomeInTmux(@TempDir Path folder) throws Exception {
    assumeTrue(runs("tmux", "-V"), "tmux is not installed");
    Cofferdam.assumeLandlockSuffices("--tty");
    var tmux = new Tmux(folder.resolve("socket"));
    var command = new ArrayList<String>();
    for (String word : Cofferdam.words()) {
      command.add("'" + word + "'");
    }
    command.addAll(List.of("run", "--tty", "--", "bash", "--norc", "--noprofile", "-i"));
    Path start = folder.resolve("start");
    Files.writeString(
        start,
        "cd /; export PS1='inner> ' HOME=/nonexistent HISTFILE=; stty -g; "
            + String.join(" ", command)
            + "; echo status $?; stty -g; exec sleep 1000\n");
    try {
      tmux.run("new-session", "-d", "-s", "s", "-x", "90", "-y", "30", "sh " + start);
      tmux.expect("inner>");
      tmux.enter("sh -c 'echo st\"\"arted; exec sleep 1000'");
      tmux.expect("started");
      tmux.run("send-keys", "-t", "s", "C-c");
      tmux.expect("started\n^C\ninner>");
      tmux.enter("echo interr''upted $?");
      tmux.expect("interrupted 130");
      tmux.enter("sh -c 'echo ru\"\"nning; exec cat'");
      tmux.expect("running");
      tmux.run("send-keys", "-t", "s", "C-z");
      tmux.expect("exec cat'\ninner>");
      tmux.enter("fg");
      tmux.expect("fg\nsh -c");
      tmux.enter("any line");
      tmux.expect("any line\nany line");
      tmux.run("send-keys", "-t", "s", "C-c");
      tmux.expect("any line\n^C\ninner>");
      tmux.enter("echo ba''ck $?");
      tmux.expect("back 130");
      tmux.run("resize-window", "-t", "s", "-x", "100", "-y", "40");
      tmux.enter(
          "until [ \"$(stty size)\" = '40 100' ]; do sleep 0.1; done; echo si''ze $(stty size)");
      tmux.expect("size 40 100\ninner>");
      tmux.enter("(exit 3)");
      // An end of file that comes while bash waits for a command is lost.
      tmux.expect("(exit 3)\ninner>");
      tmux.run("send-keys", "-t", "s", "C-d");
      String screen = tmux.expect("status 3");
      // The modes from before and from after.
      String modes = screen.lines().findFirst().orElseThrow();
      tmux.expect("status 3\n" + modes);
    } finally {
      tmux.run("kill-server");
    }
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** A server of its own, so that nobody's windows are touched. */
  private record Tmux(Path socket) {
    String run(String... args) throws IOException, InterruptedException {
      var command = new ArrayList<>(List.of("tmux", "-S", socket.toString(), "-f", "/dev/null"));
      command.addAll(List.of(args));
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().remove("TMUX");
      builder.environment().put("TERM", "screen");
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().put("SHELL", "/bin/sh");
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "tmux does not end");
      assertEquals(0, process.exitValue(), output);
      return output;
    }

    void enter(String line) throws IOException, InterruptedException {
      run("send-keys", "-t", "s", "-l", line);
      run("send-keys", "-t", "s", "Enter");
    }

    /** Waits until the window shows a text, and returns what it shows. */
    String expect(String text) throws IOException, InterruptedException {
      String screen = "";
      for (int i = 0; i < 600; i++) {
        screen = run("capture-pane", "-p", "-t", "s");
        if (screen.contains(text)) {
          return screen;
        }
        Thread.sleep(100);
      }
      throw new AssertionError("no \"" + text + "\" in:\n" + screen);
    }
  }
}
