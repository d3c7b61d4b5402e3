package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Signals that wait. A stopped process takes none: then one can look at them. */
@Tag("kernel")
class SignalsTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final int KILL = Syscall.number("kill");
  private static final int SIGUSR1 = 10;
  private static final int SIGUSR2 = 12;
  private static final int SIGCHLD = 17;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;
  private static final int SIGURG = 23;

  private static final String SCRIPT =
      """
      import signal, threading, sys
      signal.signal(signal.SIGUSR1, lambda *_: None)
      signal.signal(signal.SIGCHLD, lambda *_: None)
      signal.signal(signal.SIGUSR2, signal.SIG_IGN)
      signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
      t = threading.Thread(target=lambda: threading.Event().wait(600), daemon=True)
      t.start()
      print(t.native_id, flush=True)
      for line in sys.stdin: print('there', flush=True)
      """;

  private static void send(Process process, int signal) {
    assertEquals(0, Syscall.call(KILL, process.pid(), signal));
  }

  private static String state(Process process) throws IOException {
    List<String> status = Files.readAllLines(Path.of("/proc", "" + process.pid(), "status"));
    return status.stream().filter(line -> line.startsWith("State:")).findFirst().orElseThrow();
  }

  private static void stop(Process process) throws Exception {
    send(process, SIGSTOP);
    while (!state(process).contains("T (")) {
      Thread.sleep(1);
    }
  }

  @Test
  void whatAThreadWouldTake() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    Process process = new ProcessBuilder(PYTHON, "-Ic", SCRIPT).start();
    try (BufferedReader output = process.inputReader()) {
      int first = Math.toIntExact(process.pid());
      int other = Integer.parseInt(output.readLine());
      assertFalse(Signals.pending(first));
      stop(process);
      assertFalse(Signals.pending(first));
      // Ignored, blocked, of no consequence.
      send(process, SIGUSR2);
      send(process, 15);
      send(process, SIGURG);
      assertFalse(Signals.pending(first));
      // One that others ignore, and this one catches.
      send(process, SIGCHLD);
      assertTrue(Signals.pending(first));
      assertFalse(Signals.pending(other));
      send(process, SIGUSR1);
      assertTrue(Signals.pending(first));
      // That one was meant for the process, which has a first thread.
      assertFalse(Signals.pending(other));
      assertEquals(0, Syscall.call(Syscall.number("tgkill"), process.pid(), other, SIGUSR1));
      assertTrue(Signals.pending(other));
      send(process, SIGCONT);
      process.outputWriter().append("\n").flush();
      assertEquals("there", output.readLine());
      assertFalse(Signals.pending(first));
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertFalse(Signals.pending(Math.toIntExact(process.pid())));
  }

  @Test
  void whoIsNotThereHasNone() {
    assertFalse(Signals.pending(Integer.MAX_VALUE));
  }
}
