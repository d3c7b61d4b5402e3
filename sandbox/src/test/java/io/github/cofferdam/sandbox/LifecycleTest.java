package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Commands that behave badly: each ends, its outcome says how, and others go on meanwhile. */
@Tag("kernel")
class LifecycleTest {
  @TempDir private Path temporary;

  private void assertOthersRun() throws Exception {
    assertPrints("here\n", sh(readonly().build(), temporary, "echo here"));
  }

  private SandboxProcess start(Policy policy, String... command) throws IOException {
    return Sandboxed.of(policy).command(command).parentEnvironment(ENVIRONMENT).start();
  }

  /** IO-11: a gigabyte, both streams at once, in a virtual machine with 48 megabytes. */
  @Test
  void aGigabyteOfOutputIsReadAndForgotten() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    Sandboxed.assumeLandlockSuffices(readonly().build());
    Process machine =
        ChildMachine.builder(OutputMain.class, temporary).redirectErrorStream(true).start();
    String output = new String(machine.getInputStream().readAllBytes(), UTF_8);

    assertEquals(0, machine.waitFor(), output);
    assertEquals("Exited[code=0] 1000000 1000000 truncated=true\n", output);
  }

  @ParameterizedTest
  @EachIsolation
  void aCommandThatNeverReadsHoldsUpItsWriterAlone(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    SandboxProcess process = start(readonly().isolation(isolation).build(), "sleep", marker);
    try (process) {
      var failure = new AtomicReference<Exception>();
      var begun = new CountDownLatch(1);
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  begun.countDown();
                  process.getOutputStream().write(new byte[10_000_000]);
                } catch (IOException e) {
                  failure.set(e);
                }
              });
      begun.await();
      assertOthersRun();
      assertTrue(writer.isAlive());
      assertTrue(process.isAlive());

      process.destroyForcibly();

      writer.join();
      assertInstanceOf(IOException.class, failure.get());
      assertEquals(new Ending.Closed(), process.outcome().ending());
    }
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void aCommandThatNeverReadsEndsWithItsTime(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    Policy policy = readonly().isolation(isolation).timeout(Duration.ofMillis(300)).build();
    try (SandboxProcess process = start(policy, "sleep", marker)) {
      IOException failure = null;
      try {
        process.getOutputStream().write(new byte[10_000_000]);
      } catch (IOException e) {
        failure = e;
      }
      assertInstanceOf(IOException.class, failure);
      assertEquals(new Ending.TimedOut(Duration.ofMillis(300)), process.outcome().ending());
      assertEquals(124, process.exitValue());
    }
    awaitProcesses(marker, 0);
  }

  /** As daemons are made, and deaf to everything that can be ignored. */
  @ParameterizedTest
  @EachIsolation
  void aDaemonEndsWithTheCommand(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    Outcome outcome =
        python(
            readonly().isolation(isolation).build(),
            temporary,
            """
            import os, signal, sys
            read, write = os.pipe()
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.chdir('/')
                    os.umask(0)
                    for number in range(1, 65):
                        try: signal.signal(number, signal.SIG_IGN)
                        except (OSError, ValueError): pass
                    os.write(write, b'x')
                    null = os.open('/dev/null', os.O_RDWR)
                    for fd in (0, 1, 2): os.dup2(null, fd)
                    os.closerange(3, 100)
                    while True: signal.pause()
                os._exit(0)
            os.wait()
            os.read(read, 1)
            print('daemon runs', flush=True)
            os._exit(5)
            """,
            marker);

    assertEquals(new Ending.Exited(5), outcome.ending(), () -> text(outcome));
    assertEquals("daemon runs\n", text(outcome));
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void aCommandIsKilledWhileItWrites(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    try (SandboxProcess process =
        start(
            readonly().isolation(isolation).build(),
            "sh",
            "-c",
            "(while :; do echo $1 >&2; done) & while :; do echo $1; done",
            "sh",
            marker)) {
      InputStream out = process.getInputStream();
      assertEquals(100_000, out.readNBytes(100_000).length);
      // The process's own method would close the streams.
      process.toHandle().destroyForcibly();
      // What is in the pipe can still be read, and then it ends.
      out.transferTo(OutputStream.nullOutputStream());
      process.getErrorStream().transferTo(OutputStream.nullOutputStream());
      assertEquals(new Ending.Signalled(9), process.outcome().ending());
    }
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void outputThatNeverEndsEndsWithItsTime(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = readonly().isolation(isolation).timeout(Duration.ofMillis(500)).build();

    Outcome outcome =
        Sandboxed.of(policy)
            .command("sh", "-c", "yes >&2 & exec yes out")
            .parentEnvironment(ENVIRONMENT)
            .captureOutput(5000)
            .run();

    assertEquals(new Ending.TimedOut(Duration.ofMillis(500)), outcome.ending());
    CapturedOutput output = outcome.output().orElseThrow();
    assertTrue(output.truncated());
    assertEquals(5000, output.outBytes().length);
    assertEquals(5000, output.errBytes().length);
    assertTrue(output.out().startsWith("out\nout\n"));
  }

  /** As in a pipeline whose reader has seen enough. */
  @ParameterizedTest
  @EachIsolation
  void aCommandWhoseOutputNobodyWantsIsTold(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (SandboxProcess process = start(readonly().isolation(isolation).build(), "yes")) {
      assertEquals('y', process.getInputStream().read());
      process.getInputStream().close();
      // SIGPIPE
      assertEquals(128 + 13, process.waitFor());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aReaderThatOnlyReadsErrorsDoesNotHang(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (SandboxProcess process =
        Sandboxed.of(readonly().isolation(isolation).build())
            .processBuilder("sh", "-c", "head -c 5000000 /dev/zero; echo end >&2")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()) {
      assertEquals("end", process.errorReader().readLine());
      assertNull(process.errorReader().readLine());
      assertEquals(0, process.waitFor());
      assertFalse(process.isAlive());
    }
  }
}
