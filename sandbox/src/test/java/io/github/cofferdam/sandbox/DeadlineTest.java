package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.processesWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Whoever waits gets an answer when the time is over, also if the command or somebody outside does
 * not want that. All of these once waited for ever.
 */
@Tag("kernel")
class DeadlineTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Not how long it takes, but how long is not for ever. */
  private static final Duration AT_MOST = Duration.ofSeconds(30);

  private static final int KILL = Syscall.number("kill");

  private static final Path ROOT = Path.of("/");

  private final String marker = marker();

  /** What a tree was to be that lost its supervisor, which nobody else ends. */
  @AfterEach
  void endWhatIsLeft() throws IOException {
    for (String process : processesWith(marker)) {
      long pid = Long.parseLong(process.substring(0, process.indexOf(' ')));
      Syscall.call(KILL, pid, Uapi.SIGKILL());
    }
  }

  private static Policy policy(Isolation isolation) {
    return Sandboxed.readonly().isolation(isolation).timeout(TIMEOUT).build();
  }

  private static SandboxCommand command(Isolation isolation, String... argv) {
    return Sandboxed.of(policy(isolation))
        .command(argv)
        .directory(ROOT)
        .parentEnvironment(Sandboxed.ENVIRONMENT);
  }

  /** Leaves its process group, its session and its parents, and holds the streams. */
  private SandboxCommand daemons(Isolation isolation) {
    return command(
        isolation,
        "/bin/sh",
        "-c",
        "(setsid sh -c \"sleep $1; :\" &); (setsid sleep $1 &); echo here; sleep $1; :",
        "sh",
        marker);
  }

  private void awaitDaemons() throws IOException, InterruptedException {
    // The shell, a shell and its sleep, two more sleeps.
    awaitProcesses(marker, 5);
  }

  /** Runs, and does something to the supervisor when all of the tree is there. */
  private Outcome run(SandboxCommand command, Violence violence) {
    var supervisor = new CompletableFuture<Integer>();
    var failure =
        supervisor.thenAcceptAsync(pid -> {
          try {
            awaitDaemons();
            violence.against(pid);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    Outcome outcome =
        assertTimeoutPreemptively(
            AT_MOST,
            () ->
                command
                    .captureOutput()
                    .onStarted(launched -> supervisor.complete(launched.pid()))
                    .run());
    failure.join();
    return outcome;
  }

  private interface Violence {
    void against(int supervisor) throws InterruptedException;
  }

  private static void signal(int pid, int number) {
    assertEquals(0, Syscall.call(KILL, pid, number));
  }

  @ParameterizedTest
  @EachIsolation
  void aStreamInASocketOutsideDoesNotHoldTheRunUp(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    int[] ends = socketPair();
    try (Fd ours = Fd.owning(ends[0]);
        Fd theirs = Fd.owning(ends[1])) {
      String script =
          """
          import array, os, socket
          os.write(1, b'out'); os.write(2, b'err')
          outside = socket.socket(fileno=0)
          outside.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [1, 2]))])
          """;
      SandboxCommand command =
          command(isolation, PYTHON, "-Ic", script).stdin(Stdio.to(theirs)).captureOutput();
      Outcome outcome = assertTimeoutPreemptively(AT_MOST, command::run);
      CapturedOutput output = outcome.output().orElseThrow();
      assertEquals(new Ending.Exited(0), outcome.ending(), output.err());
      assertEquals("out", output.out());
      assertEquals("err", output.err());
      assertFalse(output.complete());
      assertFalse(output.outComplete());
      assertEquals(false, Json.object(outcome.toJson()).get("output_complete"));
      assertFalse(ours.isClosed());
    }
  }

  /** The socket's queue holds the socket itself, and the streams with it. */
  @ParameterizedTest
  @EachIsolation
  void aStreamInACycleOfSocketsDoesNotHoldTheRunUp(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    String script =
        """
        import array, os, socket
        a, b = socket.socketpair()
        c, d = socket.socketpair()
        def send(through, *descriptors):
            rights = array.array('i', descriptors)
            through.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        send(a, c.fileno(), d.fileno(), 1, 2)
        send(c, a.fileno(), b.fileno(), 1, 2)
        os.write(1, b'out')
        """;
    SandboxCommand command = command(isolation, PYTHON, "-Ic", script).captureOutput();
    Outcome outcome = assertTimeoutPreemptively(AT_MOST, command::run);
    assertEquals("out", outcome.output().orElseThrow().out(), outcome.toJson());
    assertEquals(new Ending.Exited(0), outcome.ending());
  }

  @ParameterizedTest
  @EachIsolation
  void aSupervisorThatIsKilledDoesNotHoldTheRunUp(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome = run(daemons(isolation), pid -> signal(pid, Uapi.SIGKILL()));
    assertEquals(new Ending.SupervisorLost(), outcome.ending());
    assertEquals("here\n", outcome.output().orElseThrow().out());
    if (isolation == Isolation.NAMESPACE) {
      awaitProcesses(marker, 0);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aSupervisorThatIsStoppedEndsItsTreeAllTheSame(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome = run(daemons(isolation), pid -> signal(pid, Uapi.SIGSTOP()));
    assertEquals(new Ending.TimedOut(TIMEOUT), outcome.ending());
    assertEquals("here\n", outcome.output().orElseThrow().out());
    awaitProcesses(marker, 0);
  }

  /** Nobody is there to end the tree, so it is ended from outside. */
  @ParameterizedTest
  @EachIsolation
  void aSupervisorThatIsStoppedAgainAndAgainLosesItsTree(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var over = new AtomicBoolean();
    var stopping = new CompletableFuture<Thread>();
    Outcome outcome =
        run(
            daemons(isolation),
            pid -> {
              signal(pid, Uapi.SIGSTOP());
              stopping.complete(Thread.ofPlatform().daemon().start(() -> stop(pid, over)));
            });
    over.set(true);
    stopping.get(60, TimeUnit.SECONDS).join();
    assertEquals(new Ending.TimedOut(TIMEOUT), outcome.ending());
    assertEquals("here\n", outcome.output().orElseThrow().out());
    awaitProcesses(marker, 0);
  }

  private static int supervisor(SandboxProcess process) {
    return (int) process.toHandle().parent().orElseThrow().pid();
  }

  private static void stop(int pid, AtomicBoolean over) {
    // As long as it is there it is ours, and its number is taken.
    while (!over.get() && Syscall.call(KILL, pid, Uapi.SIGSTOP()) == 0) {
      Thread.onSpinWait();
    }
  }

  /** A reader, a writer and somebody who waits, all of them in threads of their own. */
  @ParameterizedTest
  @EachIsolation
  void aProcessEndsForAllWhoWait(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    SandboxProcess process = daemons(isolation).start();
    try {
      var read = CompletableFuture.supplyAsync(() -> readAll(process));
      var written = CompletableFuture.supplyAsync(() -> writeUntilItFails(process));
      awaitDaemons();
      signal(supervisor(process), Uapi.SIGKILL());
      assertEquals(new Ending.SupervisorLost(), outcome(process).ending());
      assertEquals(128 + Uapi.SIGKILL(), process.exitValue());
      assertEquals("here\n", read.get(AT_MOST.toSeconds(), TimeUnit.SECONDS));
      written.get(AT_MOST.toSeconds(), TimeUnit.SECONDS);
      assertFalse(process.isAlive());
    } finally {
      process.close();
    }
  }

  @ParameterizedTest
  @EachIsolation
  void whoeverIsToldOfTheEndIsToldOfTheDeadline(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (SandboxProcess process = daemons(isolation).start()) {
      awaitDaemons();
      signal(supervisor(process), Uapi.SIGSTOP());
      assertEquals(new Ending.TimedOut(TIMEOUT), outcome(process).ending());
    }
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void closingDoesNotWaitForAStoppedSupervisor(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var over = new AtomicBoolean();
    SandboxCommand command =
        Sandboxed.of(Sandboxed.readonly().isolation(isolation).build())
            .command("/bin/sh", "-c", "(setsid sleep $1 &); sleep $1; :", "sh", marker)
            .directory(ROOT);
    SandboxProcess process = command.start();
    awaitProcesses(marker, 3);
    signal(supervisor(process), Uapi.SIGSTOP());
    Thread stopping = Thread.ofPlatform().daemon().start(() -> stop(supervisor(process), over));
    try {
      assertTimeoutPreemptively(AT_MOST, process::close);
    } finally {
      over.set(true);
      stopping.join();
    }
    assertEquals(new Ending.Closed(), outcome(process).ending());
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void signalsForAStoppedSupervisorAreRefusedWhenThereAreTooMany(Isolation isolation)
      throws Exception {
    assumeAvailable(isolation);
    try (SandboxProcess process = command(isolation, "/bin/sleep", marker).start()) {
      signal(supervisor(process), Uapi.SIGSTOP());
      IOException e =
          assertTimeoutPreemptively(
              AT_MOST,
              () ->
                  assertThrows(
                      IOException.class,
                      () -> {
                        while (true) {
                          process.signal(Uapi.SIGWINCH());
                        }
                      }));
      assertTrue(String.valueOf(e.getMessage()).contains("does not take signals"), e::toString);
    }
  }

  private static Outcome outcome(SandboxProcess process) {
    return assertTimeoutPreemptively(AT_MOST, process::outcome);
  }

  private static String readAll(SandboxProcess process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean writeUntilItFails(SandboxProcess process) {
    try {
      while (true) {
        process.getOutputStream().write(new byte[4096]);
      }
    } catch (IOException e) {
      return true;
    }
  }

  private static int[] socketPair() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      int unix = 1;
      int stream = 1;
      assertEquals(
          0,
          Syscall.call(
              Syscall.number("socketpair"), unix, stream | Uapi.O_CLOEXEC(), 0, ends.address()));
      return ends.toArray(ValueLayout.JAVA_INT);
    }
  }
}
