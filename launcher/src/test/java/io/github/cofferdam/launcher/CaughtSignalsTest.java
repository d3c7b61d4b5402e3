package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.end;
import static io.github.cofferdam.launcher.Commands.readLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /** By the launcher, with nothing ignored that this machine was started to ignore. */
  private static Launched start(List<String> before, String option) throws Exception {
    var words = new ArrayList<>(before);
    List<String> machine = ChildJvm.command(Main.class);
    words.add(machine.getFirst());
    words.add(option);
    words.addAll(machine.subList(1, machine.size()));
    LaunchPlan plan =
        LaunchPlan.of(words.getFirst(), words)
            .variable("PATH", "/usr/bin:/bin")
            .supervision(Supervision.CHILD_WALK)
            .commandSteps(
                Commands.defaultActions(
                    Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT(), Uapi.SIGTERM(), Uapi.SIGTSTP()))
            .deadline(Duration.ofSeconds(100))
            .directory("/")
            .build();
    return Launcher.start(plan, new StdioSet(Stdio.pipe(), Stdio.pipe(), Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xrs", "-Xmx64m"})
  void allAreReadAndNoThreadsArePrinted(String option) throws Exception {
    try (Launched machine = start(List.of(), option)) {
      assertEquals("ready", readLine(machine));
      for (int i = 0; i < 200; i++) {
        for (int signal : List.of(Uapi.SIGQUIT(), Uapi.SIGINT(), Uapi.SIGTERM())) {
          machine.signal(signal);
          assertEquals("" + signal, readLine(machine));
        }
      }
      machine.signal(Uapi.SIGHUP());
      assertEquals("" + Uapi.SIGHUP(), readLine(machine));
      assertEquals(5, end(machine).code());
    }
  }

  /** In a group of its own, as a shell with job control has it: only then can it be stopped. */
  @Test
  void aProcessStopsItselfAndGoesOn() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash is not installed");
    List<String> jobs = List.of("/bin/bash", "-c", "set -m; \"$@\" & read -r", "bash");
    try (Launched shell = start(jobs, "-Xrs")) {
      assertEquals("ready", readLine(shell));
      long machine = Commands.children(shell.commandPid()).getFirst();
      for (int i = 0; i < 3; i++) {
        Commands.kill(machine, Uapi.SIGTSTP());
        assertEquals("" + Uapi.SIGTSTP(), readLine(shell));
        Commands.eventually(
            "it is stopped", () -> Commands.status(machine, "State").startsWith("T"));
        Commands.kill(machine, Uapi.SIGCONT());
        assertEquals("continued", readLine(shell));
      }
    }
  }

  @Test
  void whatIsIgnoredStaysIgnored() throws Exception {
    List<String> ignoring = List.of("/bin/sh", "-c", "trap '' INT QUIT; exec \"$@\"", "sh");
    try (Launched machine = start(ignoring, "-Xrs")) {
      assertEquals("ready", readLine(machine));
      machine.signal(Uapi.SIGINT());
      machine.signal(Uapi.SIGQUIT());
      machine.signal(Uapi.SIGTERM());
      assertEquals("" + Uapi.SIGTERM(), readLine(machine));
    }
  }
}
