package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.output;
import static io.github.cofferdam.launcher.Commands.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A descriptor that a step opens in the child comes to this process, and only there. */
@Tag("kernel")
class HandOverTest {
  /** {@code LANDLOCK_SCOPE_SIGNAL}, for {@link Supervision#SIGNAL_SCOPE}. */
  private static final int SCOPE_SIGNAL = 2;

  private final Slot slot = Slot.named("fifo");

  @TempDir private Path folder = Path.of("");
  private Path fifo = Path.of("");

  @BeforeEach
  void makeFifo() throws Exception {
    fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Step open(Path path, int flags) {
    return Step.of(
        "openat",
        "open " + path,
        Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
        Memory.text(path.toString()),
        Arg.of(flags | Uapi.O_CLOEXEC()));
  }

  /** Both ends, so that opening does not wait. */
  private Step openFifo() {
    return open(fifo, Uapi.O_RDWR()).opening(slot);
  }

  private static LaunchPlan.Builder shell(Supervision supervision, String script) {
    var plan = Commands.shell(supervision, script);
    return supervision == Supervision.SIGNAL_SCOPE ? plan.launcherSteps(signalScope()) : plan;
  }

  private static SetupProgram signalScope() {
    int version = (int) Syscall.call(Syscall.number("landlock_create_ruleset"), 0, 0, 1);
    assumeTrue(version >= 6, "this kernel's Landlock has no signal scope: version " + version);
    var ruleset = Slot.named("ruleset");
    return NoNewPrivileges.program()
        .then(
            SetupProgram.of(
                Step.of(
                        "landlock_create_ruleset",
                        "make a ruleset",
                        Memory.ofSize(24).int64(16, SCOPE_SIGNAL).build("{scoped}"),
                        Arg.of(24),
                        Arg.of(0))
                    .opening(ruleset),
                Step.of("landlock_restrict_self", "enter it", ruleset, Arg.of(0)),
                Step.close(ruleset)));
  }

  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void whatTheCommandsProcessOpens(Supervision supervision) throws Exception {
    // Something that is left open besides, and something that takes its number before.
    var left = Slot.named("left");
    var closed = Slot.named("closed");
    SetupProgram steps =
        SetupProgram.of(
            open(Path.of("/dev/null"), Uapi.O_RDONLY()).opening(closed),
            open(Path.of("/dev/null"), Uapi.O_RDONLY()).opening(left),
            Step.close(closed),
            openFifo());
    check(shell(supervision, script()).commandSteps(steps));
  }

  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void whatTheLauncherOpens(Supervision supervision) throws Exception {
    SetupProgram before =
        switch (supervision) {
          case SIGNAL_SCOPE -> signalScope();
          case PID_NAMESPACE -> Commands.namespaces();
          case CHILD_WALK, NONE -> SetupProgram.empty();
        };
    check(shell(supervision, script()).launcherSteps(before.then(SetupProgram.of(openFifo()))));
  }

  /** Says what it has open, and leaves when it is told to. */
  private static String script() {
    return "ls /proc/self/fd | tr '\\n' ' '; echo; read line; exit 7";
  }

  private void check(LaunchPlan.Builder plan) throws Exception {
    var stdio = new StdioSet(Stdio.pipe(), Stdio.pipe(), java.util.Optional.empty());
    try (Launched launched = Launcher.start(plan.handOver(slot).build(), stdio)) {
      Fd received = launched.received().orElseThrow();
      assertEquals(fifo, Files.readSymbolicLink(Path.of("/proc/self/fd/" + received.number())));
      assertEquals(
          Uapi.FD_CLOEXEC(),
          Syscall.call(Syscall.number("fcntl"), received.number(), Uapi.F_GETFD()));
      // The standard streams and what ls itself opens.
      assertEquals("0 1 2 3 ", Commands.readLine(launched));
      // Neither the command nor the supervisor has it: without us, nobody reads.
      received.close();
      assertEquals(-Errno.ENXIO.number(), openToWrite());
      launched.stream(0).orElseThrow().close();
      assertEquals(7, Commands.end(launched).code());
    }
  }

  /** Refused if nobody has the other end. */
  private long openToWrite() {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(
              Syscall.number("openat"),
              Uapi.AT_FDCWD(),
              arena.allocateFrom(fifo.toString()).address(),
              Uapi.O_WRONLY() | Uapi.O_NONBLOCK() | Uapi.O_CLOEXEC());
      if (result >= 0) {
        Fd.owning((int) result).close();
      }
      return result;
    }
  }

  @EachSupervisor
  void failuresAreReportedAsEver(Supervision supervision) throws Exception {
    var steps = SetupProgram.of(openFifo());
    var missing = Commands.plan(supervision, "/nonexistent/command").commandSteps(steps);
    assertThrows(
        ExecException.class, () -> Launcher.start(missing.handOver(slot).build(), output()));
    var failing =
        shell(supervision, "exit 0")
            .commandSteps(steps.then(SetupProgram.of(Step.of("close", "fail", Arg.of(999)))));
    var failure =
        assertThrows(
            SetupException.class, () -> Launcher.start(failing.handOver(slot).build(), output()));
    assertEquals(Errno.EBADF, failure.errno());
    assertEquals("fail", failure.doing());
  }

  /** It dies on the way, by a limit on its processor time for example. */
  @EachSupervisor
  void aCommandThatNeverGetsThereIsAnError(Supervision supervision) throws Exception {
    var plan =
        shell(supervision, "exit 0")
            .commandSteps(
                SetupProgram.of(Step.of("exit_group", "end early", Arg.of(3)), openFifo()))
            .handOver(slot)
            .build();
    var failure = assertThrows(KernelException.class, () -> Launcher.start(plan, output()));
    assertEquals("sendmsg", failure.syscall());
    assertEquals(Errno.EBADF, failure.errno());
    assertEquals("hand over fifo", failure.doing());
  }

  @Test
  void manyLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 3; i++) {
      once();
    }
    long before = descriptors();
    for (int i = 0; i < 60; i++) {
      once();
    }
    assertEquals(before, descriptors());
  }

  private void once() throws Exception {
    var plan =
        shell(Supervision.CHILD_WALK, "echo here")
            .commandSteps(SetupProgram.of(openFifo()))
            .handOver(slot)
            .build();
    try (Launched launched = Launcher.start(plan, output())) {
      assertTrue(launched.received().isPresent());
      assertEquals("here\n", readAll(launched));
      assertEquals(0, Commands.end(launched).code());
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      return entries.count();
    }
  }

  @Test
  void withoutAHandOverNothingIsReceived() throws Exception {
    try (Launched launched =
        Launcher.start(shell(Supervision.CHILD_WALK, "exit 0").build(), output())) {
      assertTrue(launched.received().isEmpty());
    }
  }

  @Test
  void whatIsNotThereCannotBeReceived() throws Exception {
    HandOver.Sockets sockets = HandOver.open();
    try (Fd ours = sockets.ours()) {
      try (Fd theirs = sockets.theirs();
          Arena arena = Arena.ofConfined()) {
        var nothing = assertThrows(KernelException.class, () -> HandOver.receive(ours, 1));
        assertEquals(Errno.EAGAIN, nothing.errno());
        // A message without a descriptor.
        theirs.write(arena.allocate(1));
        var empty = assertThrows(KernelException.class, () -> HandOver.receive(ours, 1));
        assertEquals(Errno.EMFILE, empty.errno());
      }
      var end = assertThrows(KernelException.class, () -> HandOver.receive(ours, 1));
      assertEquals("recvmsg", end.syscall());
    }
  }
}
