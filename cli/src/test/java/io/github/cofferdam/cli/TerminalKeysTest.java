package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.testkit.TerminalUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys that send signals, for a command that shares its caller's terminal. */
@Tag("kernel")
class TerminalKeysTest {
  private static final String CTRL_C = "\003";
  private static final String CTRL_BACKSLASH = "\034";
  private static final String CTRL_Z = "\032";
  private static final String THREAD_DUMP = "Full thread dump";

  private final String seconds = Survivors.uniqueSeconds();

  private static List<String> cofferdam(String isolation, String... command) {
    Cofferdam.assumeLandlockSuffices("--isolation", isolation);
    List<String> words = Cofferdam.words();
    words.addAll(List.of("run", "--isolation", isolation));
    words.addAll(List.of(command));
    return words;
  }

  private static List<String> bash(String isolation, String script) {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash is not installed");
    return cofferdam(isolation, "--", "/bin/bash", "-c", script);
  }

  private static Exit end(Launched launched) throws Exception {
    return launched
        .await(Duration.ofSeconds(60))
        .orElseThrow(() -> new AssertionError("it does not end"));
  }

  private interface Session {
    int exitCode(TerminalUser user, Launched launched) throws Exception;
  }

  /** Runs a command at a terminal; returns its exit code and everything that was shown. */
  private static String shown(List<String> words, int code, Session session) throws Exception {
    try (var caller = PseudoTerminal.open(new TerminalSize(24, 200))) {
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched launched = Cofferdam.atTerminal(caller, words)) {
        assertEquals(code, session.exitCode(user, launched), user::seen);
        caller.ended();
        return user.seen();
      }
    }
  }

  /** Nothing of the tree is left, so nothing waited for its time. */
  private void assertEnded() throws Exception {
    assertEquals(List.of(), Survivors.after(Duration.ofSeconds(10), seconds));
  }

  /** A shell goes on after a command that one process alone was interrupted for. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void ctrlCReachesTheWholeGroup(String isolation) throws Exception {
    String script = "echo rea''dy; sleep " + seconds + "; echo af''ter";
    String shown =
        shown(
            bash(isolation, script),
            128 + 2,
            (user, launched) -> {
              user.expect("ready");
              Survivors.awaitSleep(seconds);
              user.type(CTRL_C);
              return end(launched).code();
            });
    assertFalse(shown.contains("after"), shown);
    assertEnded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void ctrlCEndsMakeAndItsRecipe(String isolation, @TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/make")), "make is not installed");
    // In $TMPDIR, since a root of the command's own has no other's temporary directory.
    String makefile = "all:\\n\\t@echo rea''dy; sleep " + seconds + "; echo af''ter\\n";
    String script = "cd $TMPDIR && printf \"" + makefile + "\" >Makefile && exec make";
    try (var caller = PseudoTerminal.open(new TerminalSize(24, 200))) {
      var user = new TerminalUser(caller.screen(), caller.keyboard());
      try (Launched launched =
          Cofferdam.atTerminal(caller, cofferdam(isolation, "--", "/bin/sh", "-c", script))) {
        user.expect("ready");
        Survivors.awaitSleep(seconds);
        user.type(CTRL_C);
        // make 4.3 at times says instead that somebody else has waited for its child, and exits 2.
        int code = end(launched).code();
        assertTrue(code == 128 + 2 || code == 2, user::seen);
        assertFalse(user.seen().contains("after"), user::seen);
      }
    }
    assertEnded();
    assertTrue(Files.exists(folder));
  }

  /** The virtual machine, which prints its threads on that signal, keeps quiet. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void ctrlBackslashQuits(String isolation) throws Exception {
    // A program of the shell's own group: shells themselves may ignore it, as bash does.
    String script = "echo rea''dy; exec sleep " + seconds;
    String shown =
        shown(
            cofferdam(isolation, "--", "/bin/sh", "-c", script),
            128 + 3,
            (user, launched) -> {
              user.expect("ready");
              Survivors.awaitSleep(seconds);
              user.type(CTRL_BACKSLASH);
              return end(launched).code();
            });
    assertFalse(shown.contains(THREAD_DUMP), shown);
    assertEnded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void everyKeyIsPassedOnHoweverOftenItIsPressed(String isolation) throws Exception {
    String script =
        "n=0; trap 'n=$((n+1)); echo int''errupt $n' INT; trap 'echo qu''it' QUIT;"
            + " echo rea''dy; while [ $n -lt 3 ]; do sleep 0.05; done; exit 7";
    String shown =
        shown(
            cofferdam(isolation, "--", "/bin/sh", "-c", script),
            7,
            (user, launched) -> {
              user.expect("ready");
              user.type(CTRL_C);
              user.expect("interrupt 1");
              user.type(CTRL_BACKSLASH);
              user.expect("quit");
              user.type(CTRL_C);
              user.expect("interrupt 2");
              user.type(CTRL_C);
              user.expect("interrupt 3");
              return end(launched).code();
            });
    assertFalse(shown.contains(THREAD_DUMP), shown);
  }

  /** The shell sees the command stopped, nothing of the tree runs meanwhile, and all goes on. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void ctrlZStopsTheTreeAndTheShellSeesIt(String isolation) throws Exception {
    // The loop runs in a process of its own, which would go on alone.
    String script = "(echo rea''dy; while :; do read -r line; echo go''t $line; done); true";
    var words = new ArrayList<String>();
    for (String word : bash(isolation, script)) {
      words.add("'" + word.replace("'", "'\\''") + "'");
    }
    String shell =
        "set -m; "
            + String.join(" ", words)
            + "; echo st''opped $?; read -r line; fg; echo en''d $?";
    shown(
        List.of("/bin/bash", "--norc", "--noprofile", "-c", shell),
        0,
        (user, launched) -> {
          user.expect("ready");
          for (long pid : group(launched)) {
            assertFalse(isStopped(pid));
          }
          user.type(CTRL_Z);
          // 128 and SIGTSTP
          user.expect("stopped 148");
          List<Long> group = group(launched);
          assertTrue(group.size() >= 2, group::toString);
          for (long pid : group) {
            awaitStop(pid);
          }
          user.enter("");
          user.enter("wor''d");
          user.expect("got wor''d");
          user.type(CTRL_C);
          user.expect("end 130");
          return end(launched).code();
        });
  }

  /** Those that the command in the sandbox is: the processes of the last sessions below. */
  private static List<Long> group(Launched launched) throws IOException {
    var found = new ArrayList<Long>();
    for (ProcessHandle process :
        ProcessHandle.of(launched.pid()).orElseThrow().descendants().toList()) {
      if (process
              .info()
              .commandLine()
              .filter(line -> line.contains("read -r line; echo"))
              .isPresent()
          && !process.info().commandLine().orElse("").contains("java")
          && !process.info().commandLine().orElse("").contains("set -m")) {
        found.add(process.pid());
      }
    }
    return found;
  }

  /** The supervisor stops it; the shell may have seen this process stopped before. */
  private static void awaitStop(long pid) throws Exception {
    for (int i = 0; i < 1000 && !isStopped(pid); i++) {
      Thread.sleep(10);
    }
    assertTrue(isStopped(pid), () -> "runs: " + pid);
  }

  private static boolean isStopped(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .anyMatch(line -> line.startsWith("State:") && line.contains("T (stopped)"));
  }

  /** A terminal of its own sends them itself. */
  @ParameterizedTest
  @CsvSource({"basic, 3, 130", "basic, 28, 131", "namespace, 3, 130", "namespace, 28, 131"})
  void aTerminalOfItsOwnSendsThemItself(String isolation, int key, int code) throws Exception {
    List<String> words =
        cofferdam(
            isolation,
            "--tty",
            "--",
            "/bin/sh",
            "-c",
            "echo rea''dy; sleep " + seconds + "; echo af''ter");
    String shown =
        shown(
            words,
            code,
            (user, launched) -> {
              user.expect("ready");
              Survivors.awaitSleep(seconds);
              user.type(Character.toString(key));
              return end(launched).code();
            });
    assertFalse(shown.contains(THREAD_DUMP), shown);
    assertFalse(shown.contains("after"), shown);
    assertEnded();
  }

  /** Where nothing could continue it, Ctrl-Z stops nothing, as without a sandbox. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void ctrlZWithoutAShellStopsNothing(String isolation) throws Exception {
    String script =
        "trap 'echo int''errupted; exit 3' INT; echo rea''dy; while :; do sleep 0.05; done";
    shown(
        cofferdam(isolation, "--", "/bin/sh", "-c", script),
        3,
        (user, launched) -> {
          user.expect("ready");
          user.type(CTRL_Z);
          user.type(CTRL_C);
          user.expect("interrupted");
          return end(launched).code();
        });
  }
}
