package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.shell;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A network namespace that the launcher makes while init does its steps. */
@Tag("kernel")
class NetworkBesideInitTest {
  private static final Step UNSHARE =
      Step.of("unshare", "make a network namespace", Arg.of(Uapi.CLONE_NEWNET(), "CLONE_NEWNET"));

  private static final String LINK = "readlink /proc/thread-self/ns/net";

  private static LaunchPlan.Builder plan(String script) {
    return shell(Supervision.PID_NAMESPACE, script).networkSteps(SetupProgram.of(UNSHARE));
  }

  @RepeatedTest(20)
  void theCommandIsInIt() throws Exception {
    String here = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    // The /proc of the host's process ids knows no thread-self of another namespace.
    var plan = plan("sed 1,2d /proc/net/dev | tr -d ' ' | cut -d: -f1; ls /proc/self/fd");

    Commands.Finished finished = Commands.run(mountingProc(plan));

    assertEquals("lo\n0\n1\n2\n3\n", finished.output());
    String there = Commands.run(mountingProc(plan(LINK))).output().strip();
    assertNotEquals(here, there);
    assertEquals(here, Commands.run(shell(Supervision.NONE, LINK)).output().strip());
  }

  /** As a sandbox does it: a mount namespace that launcher and init share, and another /proc. */
  private static LaunchPlan.Builder mountingProc(LaunchPlan.Builder plan) {
    return plan.launcherSteps(
            Commands.namespaces()
                .then(
                    SetupProgram.of(
                        Step.of("unshare", "make a mount namespace", Arg.of(Uapi.CLONE_NEWNS())),
                        Step.of(
                            "mount",
                            "keep mounts inside",
                            Arg.of(0),
                            Memory.text("/"),
                            Arg.of(0),
                            Arg.of(Uapi.MS_REC() | Uapi.MS_SLAVE()),
                            Arg.of(0)))))
        .initSteps(
            SetupProgram.of(
                Step.of(
                    "mount",
                    "mount /proc",
                    Memory.text("proc"),
                    Memory.text("/proc"),
                    Memory.text("proc"),
                    Arg.of(0),
                    Arg.of(0))));
  }

  @Test
  void nothingRunsIfTheLauncherCannotMakeIt() throws Exception {
    Step bad = Step.of("close", "close a descriptor that is not open", Arg.of(999));
    var plan = shell(Supervision.PID_NAMESPACE, "exit 0").networkSteps(SetupProgram.of(bad));
    for (int i = 0; i < 20; i++) {
      SetupException e =
          assertThrows(
              SetupException.class, () -> Launcher.start(plan.build(), Commands.discard()));
      assertEquals("close(999)", e.call());
      assertEquals(Errno.EBADF, e.errno());
    }
    assertNoChildren();
  }

  @Test
  void nothingRunsIfInitFailsMeanwhile() throws Exception {
    Step bad = Step.of("close", "close a descriptor that is not open", Arg.of(999));
    for (int i = 0; i < 20; i++) {
      var first = plan("exit 0").initSteps(SetupProgram.of(bad));
      assertThrows(SetupException.class, () -> Launcher.start(first.build(), Commands.discard()));
      var last = plan("exit 0").initLastSteps(SetupProgram.of(bad));
      assertThrows(SetupException.class, () -> Launcher.start(last.build(), Commands.discard()));
    }
    assertNoChildren();
  }

  @Test
  void nothingRunsIfTheLauncherIsGone() throws Exception {
    Step suicide = Step.of("exit_group", "end", Arg.of(3));
    var plan = shell(Supervision.PID_NAMESPACE, "exit 0").networkSteps(SetupProgram.of(suicide));
    SetupException e =
        assertThrows(SetupException.class, () -> Launcher.start(plan.build(), Commands.discard()));
    assertEquals("recvmsg", e.syscall());
    assertNoChildren();
  }

  @Test
  void aLauncherThatBlocksIsEndedByTheDeadline() throws Exception {
    Slot event = Slot.named("event");
    SetupProgram forever =
        SetupProgram.of(
            Step.of("eventfd2", "make a counter", Arg.of(0), Arg.of(0)).opening(event),
            Step.of(
                "read",
                "wait for a counter that nobody counts up",
                event,
                Memory.ofSize(8).build("counter"),
                Arg.of(8)));
    var plan =
        shell(Supervision.PID_NAMESPACE, "exit 0")
            .networkSteps(forever)
            .deadline(Duration.ofMillis(300));
    KernelException e =
        assertThrows(KernelException.class, () -> Launcher.start(plan.build(), Commands.discard()));
    assertEquals(Errno.ETIMEDOUT, e.errno());
    assertNoChildren();
  }

  /** The launcher is taken away as soon as the command runs, not when it ends. */
  @Test
  void onlyInitIsLeft() throws Exception {
    try (Launched launched = Launcher.start(plan("exec sleep 1000").build(), Commands.discard())) {
      assertEquals(1, ProcessHandle.current().children().count());
      assertEquals(1, Commands.children(launched.pid()).size());
      assertEquals("cofferdam", Commands.status(launched.pid(), "Name"));
      assertFalse(Commands.status(launched.pid(), "State").startsWith("Z"));
    }
    assertNoChildren();
  }

  private static void assertNoChildren() throws Exception {
    Commands.eventually("no child is left", () -> ProcessHandle.current().children().count() == 0);
    // Not even one that only wait4(2) would see.
    assertEquals(
        -Errno.ECHILD.number(),
        Syscall.call(Syscall.number("wait4"), -1, 0, Uapi.WNOHANG() | Uapi.__WALL(), 0));
  }
}
