package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A virtual machine that catches its signals, however it was started. */
@Tag("kernel")
class CaughtSignalsTest {

  /** Prints the numbers of signals until SIGHUP comes; stops itself when it is told to. */
  public static final class Main {
    private Main() {}

    /** No arguments. */
    public static void main(String[] args) throws Exception {
      CaughtSignals signals = CaughtSignals.open();
      signals.add(Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT(), Uapi.SIGTERM(), Uapi.SIGTSTP());
      // Threads that are busy, of which any may be interrupted by the handler.
      for (int i = 0; i < 3; i++) {
        Thread.ofPlatform().daemon().start(Main::work);
      }
      System.out.println("ready");
      while (true) {
        int signal = signals.next();
        System.out.println(signal);
        if (signal == Uapi.SIGTSTP()) {
          signals.stop();
          System.out.println("continued");
        } else if (signal == Uapi.SIGHUP()) {
          System.exit(5);
        }
      }
    }

    private static void work() {
      var garbage = new ArrayList<byte[]>();
      while (true) {
        garbage.add(new byte[1000]);
        if (garbage.size() > 1000) {
          garbage.clear();
        }
      }
    }
  }

  /** As a shell without job control has it for what it starts with &, and nohup: it stays so. */
  private static void assumeNotIgnored(int... signals) throws Exception {
    long ignored =
        Long.parseUnsignedLong(Commands.status(ProcessHandle.current().pid(), "SigIgn"), 16);
    for (int signal : signals) {
      assumeTrue(
          (ignored >>> (signal - 1) & 1) == 0, "who has started this ignores signal " + signal);
    }
  }

  private static void send(Process process, int signal) throws Exception {
    Commands.kill(process.pid(), signal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xrs", "-Xmx64m"})
  void allAreReadAndNoThreadsArePrinted(String option) throws Exception {
    assumeNotIgnored(Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT(), Uapi.SIGTERM());
    Process process = start(List.of(), option);
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      for (int i = 0; i < 200; i++) {
        for (int signal : List.of(Uapi.SIGQUIT(), Uapi.SIGINT(), Uapi.SIGTERM())) {
          send(process, signal);
          assertEquals("" + signal, out.readLine());
        }
      }
      send(process, Uapi.SIGHUP());
      assertEquals("" + Uapi.SIGHUP(), out.readLine());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(5, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  /** In a group of its own, as a shell with job control has it: only then can it be stopped. */
  @Test
  void aProcessStopsItselfAndGoesOn() throws Exception {
    assumeNotIgnored(Uapi.SIGTSTP());
    Process shell = start(List.of("bash", "-c", "set -m; \"$@\" & read -r", "bash"), "-Xrs");
    try (BufferedReader out = shell.inputReader()) {
      assertEquals("ready", out.readLine());
      ProcessHandle process = shell.children().findFirst().orElseThrow();
      for (int i = 0; i < 3; i++) {
        Commands.kill(process.pid(), Uapi.SIGTSTP());
        assertEquals("" + Uapi.SIGTSTP(), out.readLine());
        Commands.eventually(
            "it is stopped", () -> Commands.status(process.pid(), "State").startsWith("T"));
        Commands.kill(process.pid(), Uapi.SIGCONT());
        assertEquals("continued", out.readLine());
      }
    } finally {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly();
    }
  }

  @Test
  void whatIsIgnoredStaysIgnored() throws Exception {
    Process process =
        start(List.of("/bin/sh", "-c", "trap '' INT QUIT; exec \"$@\"", "sh"), "-Xrs");
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      send(process, Uapi.SIGINT());
      send(process, Uapi.SIGQUIT());
      send(process, Uapi.SIGTERM());
      assertEquals("" + Uapi.SIGTERM(), out.readLine());
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(List<String> before, String option) throws Exception {
    var command = new ArrayList<>(before);
    List<String> machine = ChildJvm.command(Main.class);
    command.add(machine.getFirst());
    command.add(option);
    command.addAll(machine.subList(1, machine.size()));
    return new ProcessBuilder(command)
        .directory(Path.of("/").toFile())
        .redirectErrorStream(true)
        .start();
  }
}
