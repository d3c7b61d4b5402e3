package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.PATIENCE;
import static io.github.cofferdam.launcher.Commands.children;
import static io.github.cofferdam.launcher.Commands.end;
import static io.github.cofferdam.launcher.Commands.eventually;
import static io.github.cofferdam.launcher.Commands.output;
import static io.github.cofferdam.launcher.Commands.readAll;
import static io.github.cofferdam.launcher.Commands.readLine;
import static io.github.cofferdam.launcher.Commands.shell;
import static io.github.cofferdam.launcher.Commands.withVariable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Everything that a supervisor does while the command runs and when it ends. */
@Tag("kernel")
class SupervisionTest {
  /**
   * A tree that does not want to end: in other sessions, adopted by the supervisor, deaf to
   * SIGTERM.
   */
  private static final String STUBBORN =
      "trap '' TERM HUP INT; for i in 1 2 3; do"
          + " (setsid sh -c \"trap '' TERM HUP; sleep 1000 & sleep 1001\" &);"
          + " done; sleep 1002 & echo ready; ";

  private final String mark = "COFFERDAM_TEST=" + UUID.randomUUID();

  private LaunchPlan.Builder marked(Supervision supervision, String script) {
    int equals = mark.indexOf('=');
    return shell(supervision, script)
        .variable(mark.substring(0, equals), mark.substring(equals + 1));
  }

  /** Starts the stubborn tree and waits until all of it is there. */
  private Launched startStubborn(Supervision supervision, LaunchPlan.Builder plan)
      throws Exception {
    Launched launched = Launcher.start(plan.supervision(supervision).build(), output());
    assertEquals("ready", readLine(launched));
    // Three times sh and two sleeps, one more sleep, and the command.
    eventually("eleven processes", () -> withVariable(mark).size() >= 11);
    return launched;
  }

  private void assertTreeIsGone(Launched launched) throws Exception {
    assertEquals(List.of(), withVariable(mark));
    assertFalse(ProcessHandle.of(launched.pid()).isPresent(), "a zombie");
  }

  @EachSupervisor
  void closeEndsTheWholeTree(Supervision supervision) throws Exception {
    Launched launched = startStubborn(supervision, marked(supervision, STUBBORN + "sleep 1003"));
    assertFalse(launched.ended());
    launched.close();
    assertTrue(launched.ended());
    Exit exit = launched.await();
    assertEquals(Exit.Reason.CLOSED, exit.reason());
    assertEquals(Uapi.SIGKILL(), exit.signal());
    assertTreeIsGone(launched);
    launched.close();
    launched.signal(Uapi.SIGTERM());
    launched.kill();
  }

  @EachSupervisor
  void killEndsTheWholeTreeAndEveryStream(Supervision supervision) throws Exception {
    try (Launched launched =
        startStubborn(supervision, marked(supervision, STUBBORN + "sleep 1003"))) {
      launched.kill();
      assertEquals("", readAll(launched));
      assertEquals(Exit.Reason.CLOSED, end(launched).reason());
      assertTreeIsGone(launched);
    }
  }

  @EachSupervisor
  void theDeadlineEndsTheWholeTree(Supervision supervision) throws Exception {
    // A second is too little for the script on a machine that is emulated.
    var plan = marked(supervision, STUBBORN + "sleep 1003").deadline(Duration.ofSeconds(3));
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready\n", readAll(launched));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.DEADLINE, exit.reason());
      assertEquals(Uapi.SIGKILL(), exit.signal());
      assertTreeIsGone(launched);
    }
  }

  @EachSupervisor
  void aDeadlineThatIsOverBeforeTheCommandRunsEndsItAllTheSame(Supervision supervision)
      throws Exception {
    var plan = marked(supervision, STUBBORN + "sleep 1003").deadline(Duration.ofNanos(1));
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals(Exit.Reason.DEADLINE, end(launched).reason());
      // A supervisor that a busy machine did not let run for a second is no longer waited for.
      eventually("the tree is gone", () -> withVariable(mark).isEmpty());
      assertTreeIsGone(launched);
    }
  }

  @EachSupervisor
  void aStepThatBlocksIsEndedByTheDeadline(Supervision supervision) throws Exception {
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
    var plan = marked(supervision, "exit 4").commandSteps(forever).deadline(Duration.ofMillis(300));
    KernelException e =
        assertThrows(KernelException.class, () -> Launcher.start(plan.build(), output()));
    assertEquals(Errno.ETIMEDOUT, e.errno());
  }

  @Test
  void aSupervisorThatItsCommandStopsEndsTheTreeAllTheSame() throws Exception {
    var plan = marked(Supervision.CHILD_WALK, "echo ready; kill -STOP $PPID; sleep 1003");
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready", readLine(launched));
    }
    eventually("no process is left", () -> withVariable(mark).isEmpty());
  }

  /** Whoever stopped it is somebody outside, and does so again and again. */
  @EachSupervisor
  void aSupervisorThatIsStoppedFromOutsideKeepsNoTreeAlive(Supervision supervision)
      throws Exception {
    var plan = marked(supervision, STUBBORN + "sleep 1003").deadline(Duration.ofSeconds(2));
    var over = new AtomicBoolean();
    try (Launched launched = startStubborn(supervision, plan)) {
      Thread stopping =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                // As long as it is not waited for, its number is taken.
                while (!over.get()
                    && Syscall.call(Syscall.number("kill"), launched.pid(), Uapi.SIGSTOP()) == 0) {
                  Thread.onSpinWait();
                }
              });
      try {
        assertEquals(Exit.Reason.DEADLINE, end(launched).reason());
      } finally {
        over.set(true);
        stopping.join();
      }
      eventually("no process is left", () -> withVariable(mark).isEmpty());
    }
  }

  @EachSupervisor
  void aDeadlineThatIsNotReachedChangesNothing(Supervision supervision) throws Exception {
    var plan = shell(supervision, "exit 4").deadline(Duration.ofDays(400_000));
    Exit exit = Commands.run(plan).exit();
    assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
    assertEquals(4, exit.code());
  }

  @EachSupervisor
  void whatTheCommandLeavesBehindEndsWithIt(Supervision supervision) throws Exception {
    String script = STUBBORN + "read -r line; exit 6";
    var stdio = StdioSet.pipes();
    try (Launched launched = Launcher.start(marked(supervision, script).build(), stdio)) {
      assertEquals("ready", readLine(launched));
      eventually("ten processes", () -> withVariable(mark).size() >= 10);
      launched.stream(0).orElseThrow().close();
      Exit exit = end(launched);
      assertEquals(6, exit.code());
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
      assertTreeIsGone(launched);
      assertEquals("", readAll(launched));
    }
  }

  @EachSupervisor
  void orphansAreReapedWhileTheCommandRuns(Supervision supervision) throws Exception {
    String script =
        "for i in 1 2 3 4 5 6 7 8 9; do (sh -c 'exit 3' &); done; echo; exec sleep 1000";
    try (Launched launched = Launcher.start(shell(supervision, script).build(), output())) {
      assertEquals("", readLine(launched));
      long supervisor = launched.pid();
      eventually("only the command is left", () -> children(supervisor).size() == 1);
      // Not one of the orphans, and the shell has become it by then or soon.
      long command = children(supervisor).getFirst();
      eventually("it is the command", () -> Commands.status(command, "Name").equals("sleep"));
    }
  }

  @EachSupervision
  void signalsReachTheCommand(Supervision supervision) throws Exception {
    String script =
        "trap 'echo usr1' USR1; trap 'echo term; exit 8' TERM; echo ready;"
            + " while :; do sleep 1000 & wait; kill $!; done";
    try (Launched launched = Launcher.start(shell(supervision, script).build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.signal(Uapi.SIGUSR1());
      assertEquals("usr1", readLine(launched));
      launched.signal(Uapi.SIGTERM());
      assertEquals("term", readLine(launched));
      Exit exit = end(launched);
      assertEquals(8, exit.code());
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
      launched.signal(Uapi.SIGUSR1()); // to nobody
      killLeftovers(launched, supervision);
    }
  }

  /** As Ctrl-C does at a terminal: what the command waits for hears of it, too. */
  @EachSupervision
  void aSignalReachesTheCommandsGroup(Supervision supervision) throws Exception {
    // Shells say nothing of those that SIGINT has ended.
    String script =
        "trap 'echo outer; exit 8' INT;"
            + " sh -c 'trap \"echo inner; exit 3\" INT; echo ready;"
            + " while :; do sleep 0.05; done'";
    // A shell cannot handle what was ignored when it began.
    LaunchPlan plan =
        shell(supervision, script).commandSteps(Commands.defaultActions(Uapi.SIGINT())).build();
    try (Launched launched = Launcher.start(plan, output())) {
      assertEquals("ready", readLine(launched));
      launched.signalGroup(Uapi.SIGINT());
      assertEquals("inner", readLine(launched));
      assertEquals("outer", readLine(launched));
      assertEquals(8, end(launched).code());
      launched.signalGroup(Uapi.SIGINT()); // to nobody
      assertThrows(IllegalArgumentException.class, () -> launched.signalGroup(65));
    }
  }

  /** Without supervision, what the script had in the background is nobody's business. */
  private static void killLeftovers(Launched launched, Supervision supervision) throws Exception {
    if (supervision == Supervision.NONE) {
      for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
        if (session(process.pid()) == launched.pid()) {
          process.destroyForcibly();
        }
      }
    }
  }

  /** A terminal signals its foreground group, which this virtual machine may be in. */
  @EachSupervisor
  void theSupervisorIsInNoGroupOfOurs(Supervision supervision) throws Exception {
    try (Launched launched =
        Launcher.start(shell(supervision, "exec sleep 1000").build(), output())) {
      assertNotEquals(group(0), group(launched.pid()));
    }
  }

  private static long group(long pid) {
    return io.github.cofferdam.bindings.Syscall.call(
        io.github.cofferdam.bindings.Syscall.number("getpgid"), pid);
  }

  private static long session(long pid) {
    return io.github.cofferdam.bindings.Syscall.call(
        io.github.cofferdam.bindings.Syscall.number("getsid"), pid);
  }

  @EachSupervision
  void everySignalCanBeSent(Supervision supervision) throws Exception {
    for (int signal : new int[] {1, 2, 9, 15, 34, 64}) {
      LaunchPlan.Builder plan = shell(supervision, "exec sleep 1000");
      if (signal < 32 && signal != Uapi.SIGKILL()) {
        // Whoever has started this may ignore it.
        plan.commandSteps(Commands.defaultActions(signal));
      }
      try (Launched launched = Launcher.start(plan.build(), output())) {
        launched.signal(signal);
        assertEquals(signal, end(launched).signal());
      }
    }
    try (Launched launched = Launcher.start(shell(supervision, "read x").build(), output())) {
      assertThrows(IllegalArgumentException.class, () -> launched.signal(0));
      assertThrows(IllegalArgumentException.class, () -> launched.signal(65));
    }
  }

  @EachSupervisor
  void signalsThatTheSupervisorGetsArePassedOn(Supervision supervision) throws Exception {
    String script = "trap 'echo got it; exit 5' TERM; echo ready; sleep 1000 & wait";
    try (Launched launched = Launcher.start(shell(supervision, script).build(), output())) {
      assertEquals("ready", readLine(launched));
      Commands.kill(launched.pid(), Uapi.SIGTERM());
      assertEquals("got it", readLine(launched));
      assertEquals(5, end(launched).code());
    }
  }

  @EachSupervisor
  void theSupervisorIsClosedToDebuggersAndHoldsNoStandardStream(Supervision supervision)
      throws Exception {
    try (Launched launched =
        Launcher.start(shell(supervision, "exec sleep 1000").build(), output())) {
      long supervisor = launched.pid();
      if (Commands.isRoot()) {
        try (var descriptors =
            java.nio.file.Files.list(java.nio.file.Path.of("/proc/" + supervisor + "/fd"))) {
          List<String> open =
              descriptors.map(path -> path.getFileName().toString()).sorted().toList();
          assertFalse(
              open.contains("0") || open.contains("1") || open.contains("2"), open::toString);
          assertTrue(open.contains("3") && open.contains("4"), open::toString);
        }
      } else {
        // A process that is not dumpable belongs to root in /proc.
        assertThrows(
            java.io.IOException.class,
            () ->
                java.nio.file.Files.list(java.nio.file.Path.of("/proc/" + supervisor + "/fd"))
                    .close());
      }
    }
  }

  /** Holding on to it would keep a pipe's writer from noticing that nobody reads. */
  @EachSupervisor
  void whatTheCommandsStepsCloseIsClosedInTheSupervisorToo(Supervision supervision)
      throws Exception {
    Slot slot = Slot.named("pipe");
    Pipe pipe = Pipe.open();
    try (Fd writer = pipe.write();
        Arena arena = Arena.ofConfined()) {
      var plan =
          shell(supervision, "exec sleep 1000")
              .pass(slot, pipe.read())
              .commandSteps(SetupProgram.of(Step.close(slot)));
      try (Launched launched = Launcher.start(plan.build(), output())) {
        assertFalse(launched.ended());
        pipe.read().close();
        KernelException e =
            assertThrows(KernelException.class, () -> writer.write(arena.allocate(1)));
        assertEquals(Errno.EPIPE, e.errno());
      }
    }
  }

  /**
   * What {@link Supervision#CHILD_WALK} warns of. The command itself does not outlive its
   * supervisor.
   */
  @Test
  void aCommandThatKillsItsSupervisorDiesWithIt() throws Exception {
    // Not before the supervisor has reported the start.
    String script = "read -r line; kill -9 $PPID; exec sleep 1000";
    try (Launched launched =
        Launcher.start(marked(Supervision.CHILD_WALK, script).build(), StdioSet.pipes())) {
      launched.stream(0).orElseThrow().close();
      assertEquals("", readAll(launched));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.SUPERVISOR_LOST, exit.reason());
      assertEquals(Uapi.SIGKILL(), exit.signal());
      eventually("the command is gone", () -> withVariable(mark).isEmpty());
    }
  }

  @Test
  void aNamespacesInitCannotBeKilledFromInside() throws Exception {
    String script = "kill -9 1; kill -STOP 1; kill -9 $PPID; exit 13";
    Exit exit = Commands.run(shell(Supervision.PID_NAMESPACE, script)).exit();
    assertEquals(13, exit.code());
    assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
  }

  @Test
  void anInitThatIsKilledFromOutsideTakesTheTreeAlongAndIsNoSuccess() throws Exception {
    var supervision = Supervision.PID_NAMESPACE;
    try (Launched launched =
        startStubborn(supervision, marked(supervision, STUBBORN + "sleep 1003"))) {
      Commands.kill(launched.pid(), Uapi.SIGKILL());
      assertEquals("", readAll(launched));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.SUPERVISOR_LOST, exit.reason());
      assertTrue(exit.shellCode() != 0, exit::toString);
      assertTreeIsGone(launched);
    }
  }

  @EachSupervision
  void awaitGivesUpWhenItsTimeIsOver(Supervision supervision) throws Exception {
    try (Launched launched =
        Launcher.start(shell(supervision, "exec sleep 1000").build(), output())) {
      assertEquals(Optional.empty(), launched.await(Duration.ZERO));
      assertEquals(Optional.empty(), launched.await(Duration.ofMillis(120)));
      assertFalse(launched.ended());
    }
  }

  @EachSupervision
  void manyThreadsCanAwaitOneCommand(Supervision supervision) throws Exception {
    try (Launched launched =
            Launcher.start(shell(supervision, "read x; exit 21").build(), StdioSet.pipes());
        var threads = java.util.concurrent.Executors.newFixedThreadPool(4)) {
      var tasks = new java.util.ArrayList<java.util.concurrent.Future<Integer>>();
      for (int i = 0; i < 4; i++) {
        tasks.add(threads.submit(() -> end(launched).code()));
      }
      launched.stream(0).orElseThrow().close();
      for (var task : tasks) {
        assertEquals(21, task.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS));
      }
    }
  }

  @EachSupervision
  void anInterruptEndsTheWaitNotTheCommand(Supervision supervision) throws Exception {
    Launched launched = Launcher.start(shell(supervision, "exec sleep 1000").build(), output());
    try {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, launched::await);
      assertFalse(Thread.currentThread().isInterrupted());
      assertEquals(Optional.empty(), launched.await(Duration.ZERO));
      Thread.currentThread().interrupt();
    } finally {
      launched.close();
    }
    assertTrue(Thread.interrupted(), "kept by close");
    assertTrue(launched.ended());
  }
}
