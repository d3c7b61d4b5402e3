package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals to the command reach what it runs; its death is the death of what it runs. */
@Tag("kernel")
class SignalsTest {
  private static final int CONT = 18;

  /** The last signal whose handler is installed: from then on all are passed on. */
  private static void awaitHandlers(Process process) throws IOException, InterruptedException {
    for (int i = 0; i < 1000 && !has(process.pid(), "SigCgt:", CONT); i++) {
      Thread.sleep(10);
    }
    assertTrue(has(process.pid(), "SigCgt:", CONT), "no handlers");
  }

  private static boolean has(long pid, String signals, int signal) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(signals)) {
        long mask = Long.parseUnsignedLong(line.substring(signals.length()).strip(), 16);
        return (mask >>> (signal - 1) & 1) != 0;
      }
    }
    return false;
  }

  private static void send(String signal, Process process) throws Exception {
    int status = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();
    assertEquals(0, status);
  }

  /** As a shell without job control has it for what it starts with &, and nohup. */
  private static void assumeNotIgnored(String signal, int number) throws IOException {
    assumeFalse(
        has(ProcessHandle.current().pid(), "SigIgn:", number),
        "who has started this ignores SIG" + signal);
  }

  @ParameterizedTest
  @CsvSource({"TERM,15", "INT,2", "HUP,1", "QUIT,3", "USR1,10"})
  void signalsReachTheCommand(String signal, int number) throws Exception {
    Cofferdam.assumeLandlockSuffices();
    assumeNotIgnored(signal, number);
    Process process =
        Cofferdam.shell(
                "trap 'echo caught; exit 9' "
                    + signal
                    + "; echo ready; while :; do sleep 0.05; done",
                "--timeout",
                "50s")
            .start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      awaitHandlers(process);
      send(signal, process);
      assertEquals("caught", out.readLine());
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(9, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aSignalThatEndsTheCommandIsItsStatus() throws Exception {
    Cofferdam.assumeLandlockSuffices();
    Process process = Cofferdam.shell("echo ready; exec sleep 50").start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      awaitHandlers(process);
      send("TERM", process);
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(128 + 15, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  /** Without a terminal, too: a shell would go on when only what it waits for has ended. */
  @ParameterizedTest
  @CsvSource({"basic,INT,130", "namespace,INT,130", "basic,TERM,143", "namespace,TERM,143"})
  void whatKeysSendReachesTheWholeGroup(String isolation, String signal, int status)
      throws Exception {
    assumeNotIgnored(signal, status - 128);
    Cofferdam.assumeLandlockSuffices("--isolation", isolation);
    String seconds = Survivors.uniqueSeconds();
    String script = "echo ready; sleep " + seconds + "; echo after";
    Process process =
        Cofferdam.shell(script, "--isolation", isolation, "--timeout", "100s").start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      Survivors.awaitSleep(seconds);
      awaitHandlers(process);
      send(signal, process);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
      assertNull(out.readLine());
      assertEquals(status, process.exitValue());
      assertEquals(List.of(), Survivors.after(Duration.ofSeconds(10), seconds));
    } finally {
      process.destroyForcibly();
    }
  }

  /** SIGTERM is for the whole tree, which then has the grace: two seconds, unless it is set. */
  @ParameterizedTest
  @CsvSource({
    "basic, exit 7, 600s, tidy, 7",
    "namespace, exit 7, 600s, tidy, 7",
    "basic, exit 7, '', tidy, 7",
    "basic, :, '', tidy, 137",
    "namespace, :, 100ms, tidy, 137",
    "basic, exit 7, 0, , 137",
    "namespace, exit 7, 0, , 137"
  })
  void sigtermGivesTheTreeAChance(
      String isolation, String then, String grace, @Nullable String said, int status)
      throws Exception {
    assumeNotIgnored("TERM", 15);
    Cofferdam.assumeLandlockSuffices("--isolation", isolation);
    String script = "trap 'echo tidy; " + then + "' TERM; echo ready; while :; do sleep 0.05; done";
    var options = new ArrayList<>(List.of("--isolation", isolation, "--timeout", "100s"));
    if (!grace.isEmpty()) {
      options.addAll(List.of("--grace", grace));
    }
    Process process = Cofferdam.shell(script, options.toArray(String[]::new)).start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      awaitHandlers(process);
      send("TERM", process);
      assertEquals(said, out.readLine());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(status, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void nothingSurvivesTheCommandsDeath(String isolation, @TempDir Path temporary) throws Exception {
    Cofferdam.assumeLandlockSuffices("--isolation", isolation);
    String seconds = Survivors.uniqueSeconds();
    ProcessBuilder command =
        Cofferdam.shell(
            "(setsid sh -c 'setsid sleep "
                + seconds
                + " & exit 0' &); sleep 0.3; echo ready; exec sleep "
                + seconds,
            "--isolation",
            isolation);
    // A virtual machine that is killed leaves its run's directory behind.
    command.command().add(1, "-Djava.io.tmpdir=" + temporary.toRealPath());
    Process process = command.start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      // The virtual machine, and two that sleep; the second is executed after the line was printed.
      for (int attempt = 0; attempt < 1000 && Survivors.of(seconds).size() < 3; attempt++) {
        Thread.sleep(10);
      }
      assertTrue(Survivors.of(seconds).size() >= 3, () -> "nothing to kill");
      assertFalse(process.waitFor(0, TimeUnit.SECONDS));
    } finally {
      process.destroyForcibly();
    }
    process.waitFor();
    assertEquals(List.of(), Survivors.after(Duration.ofSeconds(10), seconds));
  }

  /** The virtual machine is the next reaper of orphans, and so finds what is left. */
  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void nothingSurvivesTheSupervisorsDeath(String isolation) throws Exception {
    Cofferdam.assumeLandlockSuffices("--isolation", isolation);
    String seconds = Survivors.uniqueSeconds();
    Process process =
        Cofferdam.shell(
                "(setsid sh -c 'setsid sleep "
                    + seconds
                    + " & sleep "
                    + seconds
                    + "; exit 0' &); sleep 0.3; echo ready; sleep "
                    + seconds,
                "--isolation",
                isolation)
            .start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      // The virtual machine, two shells, and three that sleep.
      for (int attempt = 0; attempt < 1000 && Survivors.of(seconds).size() < 6; attempt++) {
        Thread.sleep(10);
      }
      ProcessHandle supervisor = process.children().findFirst().orElseThrow();
      supervisor.destroyForcibly();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it waits for the dead");
      assertEquals(125, process.exitValue());
      assertEquals(List.of(), Survivors.after(Duration.ofSeconds(10), seconds));
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs a command, and looks at its end whether the thread that reads signals is there still. */
  static final class AtTheEnd {
    private AtTheEnd() {}

    /** The command line. */
    public static void main(String[] args) {
      Runtime.getRuntime().addShutdownHook(new Thread(AtTheEnd::look));
      Main.main(args);
    }

    private static void look() {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("cofferdam-signals")) {
          try {
            // It ends at once, if it was told to.
            System.out.println(thread.join(Duration.ofSeconds(10)) ? "gone" : "there");
          } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
          }
          return;
        }
      }
      System.out.println("gone");
    }
  }

  /** A virtual machine waits 0.3 s at its end for a thread that waits in native code. */
  @ParameterizedTest
  @ValueSource(strings = {"run --isolation namespace -- true", "doctor --json"})
  void atTheEndNobodyWaitsForSignals(String arguments) throws Exception {
    List<String> words = Cofferdam.words(AtTheEnd.class);
    words.addAll(List.of(arguments.split(" ", -1)));
    Cofferdam.Result result = Cofferdam.run(new ProcessBuilder(words));
    assertTrue(result.out().endsWith("gone\n"), result::out);
  }
}
