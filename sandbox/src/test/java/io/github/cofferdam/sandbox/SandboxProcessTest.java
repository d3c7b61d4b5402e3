package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** A confined command as a {@link Process}. */
@Tag("kernel")
class SandboxProcessTest {

  private static SandboxProcess start(String script, String... arguments) throws IOException {
    return start(Isolation.BASIC, script, arguments);
  }

  private static SandboxProcess start(Isolation isolation, String script, String... arguments)
      throws IOException {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    command.addAll(List.of(arguments));
    return Sandboxed.of(readonly().isolation(isolation).build())
        .command(command)
        .directory(Path.of("/"))
        .parentEnvironment(ENVIRONMENT)
        .start();
  }

  private static String line(SandboxProcess process) throws IOException {
    var line = new StringBuilder();
    for (int c = process.getInputStream().read();
        c >= 0 && c != '\n';
        c = process.getInputStream().read()) {
      line.append((char) c);
    }
    return line.toString();
  }

  @ParameterizedTest
  @EachIsolation
  void streamsAreThoseOfTheCommand(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (SandboxProcess process = start(isolation, "cat; echo err >&2; exit 3")) {
      process.getOutputStream().write("in\n".getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();

      assertEquals(
          "in\n", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(
          "err\n", new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(3, process.waitFor());
      assertEquals(3, process.exitValue());
      assertEquals(new Ending.Exited(3), process.outcome().ending());
    }
  }

  @Test
  void outputCanBeReadAfterTheEnd() throws Exception {
    try (SandboxProcess process = start("head -c 60000 /dev/zero; echo end >&2")) {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES));
      assertEquals(60000, process.getInputStream().available());
      assertEquals(60000, process.getInputStream().readAllBytes().length);
      assertEquals(-1, process.getInputStream().read());
      assertEquals(
          "end\n", new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void aProcessThatRunsHasNoExitValue() throws Exception {
    String marker = marker();
    SandboxProcess process = start("echo ready; sleep $1", marker);
    try (process) {
      assertEquals("ready", line(process));
      assertTrue(process.isAlive());
      assertThrows(IllegalThreadStateException.class, process::exitValue);
      assertFalse(process.waitFor(20, TimeUnit.MILLISECONDS));
      assertFalse(process.onExit().isDone());
      assertTrue(process.supportsNormalTermination());
      assertEquals(process.pid(), process.toHandle().pid());
      assertTrue(process.toHandle().isAlive());
      assertTrue(process.info().startInstant().isPresent());
    }
    assertFalse(process.isAlive());
    assertEquals(137, process.exitValue());
    assertEquals(new Ending.Closed(), process.outcome().ending());
    assertSame(process, process.onExit().get());
    assertFalse(process.toHandle().isAlive());
    awaitProcesses(marker, 0);
  }

  /** One thread of the launcher watches all of them, and only an end needs a worker. */
  @Test
  void processesThatRunNeedNoThreadEach() throws Exception {
    var workers = assertInstanceOf(ThreadPoolExecutor.class, Workers.EXECUTOR);
    var all = new ArrayList<SandboxProcess>();
    try {
      for (int i = 0; i < 5; i++) {
        all.add(start("echo ready; read line"));
        assertEquals("ready", line(all.getLast()));
      }
      // Those of tests before this one may still be at work.
      for (int i = 0; i < 1000 && workers.getActiveCount() > 0; i++) {
        Thread.sleep(10);
      }
      assertEquals(0, workers.getActiveCount());
    } finally {
      for (SandboxProcess process : all) {
        process.close();
      }
    }
  }

  @Test
  void onExitTellsTheEnd() throws Exception {
    try (SandboxProcess process = start("read line; exit 4")) {
      var exit = process.onExit().thenApply(Process::exitValue);
      process.getOutputStream().close();
      assertEquals(4, exit.get());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void destroyIsASignalThatTheCommandCanHandle(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (SandboxProcess process =
        start(
            isolation, "trap 'echo term; exit 7' TERM; echo ready; while :; do sleep 0.05; done")) {
      assertEquals("ready", line(process));
      process.signal(15);
      // destroy() would have closed it.
      assertEquals("term", line(process));
      assertEquals(7, process.waitFor());
      // Too late, and no harm.
      process.destroy();
      process.destroyForcibly();
      assertEquals(7, process.exitValue());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void destroyForciblyEndsTheTree(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    try (SandboxProcess process =
        start(
            isolation,
            "trap '' TERM; setsid sleep $1 & (setsid sleep $1 &); sleep $1 & echo ready; wait",
            marker)) {
      assertEquals("ready", line(process));
      assertSame(process, process.destroyForcibly());
      assertEquals(137, process.waitFor());
      assertEquals(new Ending.Closed(), process.outcome().ending());
      awaitProcesses(marker, 0);
    }
  }

  @Test
  void signalsReachTheCommand() throws Exception {
    try (SandboxProcess process =
        start("trap 'echo usr1' USR1; echo ready; while :; do sleep 0.05; done")) {
      assertEquals("ready", line(process));
      process.signal(10);
      assertEquals("usr1", line(process));
      assertTrue(process.isAlive());
      assertThrows(IllegalArgumentException.class, () -> process.signal(65));
    }
  }

  @Test
  void aProcessThatNobodyWaitsForLeavesNoZombie() throws Exception {
    @SuppressWarnings("resource")
    long pid = start("exit 0").pid();

    for (int i = 0; i < 1000 && ProcessHandle.of(pid).isPresent(); i++) {
      Thread.sleep(20);
    }
    assertTrue(ProcessHandle.of(pid).isEmpty());
  }

  @Test
  void closeEndsAReaderThatWaits() throws Exception {
    String marker = marker();
    SandboxProcess process = start("sleep $1", marker);
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              try {
                assertEquals(-1, process.getInputStream().read());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    awaitProcesses(marker, 2);

    process.close();

    reader.join();
    awaitProcesses(marker, 0);
    process.getOutputStream().write(1);
    assertThrows(IOException.class, process.getOutputStream()::flush);
  }

  @ParameterizedTest
  @EachIsolation
  void destroyWithPatienceAsksFirst(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script = "echo ready; while :; do sleep 0.05; done";
    try (SandboxProcess polite = start(isolation, "trap 'exit 7' TERM; " + script);
        SandboxProcess stubborn = start(isolation, "trap '' TERM; " + script)) {
      assertEquals("ready", line(polite));
      assertTrue(polite.destroy(Duration.ofHours(1)));
      assertEquals(new Ending.Exited(7), polite.outcome().ending());
      assertEquals("ready", line(stubborn));
      assertFalse(stubborn.destroy(Duration.ofMillis(50)));
      assertEquals(new Ending.Closed(), stubborn.outcome().ending());
    }
  }

  /** A tree that has scattered is still one: its descendants are all that the command started. */
  @ParameterizedTest
  @EachIsolation
  void descendantsAreFoundWhereverTheyWent(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    try (SandboxProcess process =
        start(isolation, "setsid sleep $1 & (setsid sleep $1 &); sleep $1 & wait", marker)) {
      // Executed, not only forked.
      awaitProcesses("sleep\0" + marker, 3);

      List<ProcessHandle> descendants = process.descendants().toList();
      assertEquals(3, descendants.size());
      for (ProcessHandle descendant : descendants) {
        assertTrue(descendant.info().command().orElse("").endsWith("sleep"), descendants::toString);
      }
      assertEquals(2, process.children().count());
      descendants.forEach(ProcessHandle::destroyForcibly);
      assertEquals(0, process.waitFor());
    }
  }

  /** What was not flushed has nobody to read it. */
  @Test
  void closeForgetsWhatWasNotFlushed() throws Exception {
    try (SandboxProcess process = start("exit 0")) {
      process.waitFor();
      process.getOutputStream().write(1);
    }
  }

  @Test
  void theReportComesWithTheProcess() throws Exception {
    try (SandboxProcess process = start("true")) {
      assertEquals(
          ProtectionState.ENFORCED, process.enforcement().of(Protection.NO_NEW_PRIVILEGES).state());
      assertEquals(process.enforcement(), process.outcome().enforcement().orElseThrow());
    }
  }
}
