package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Runs steps in a process of its own, which executes nothing and ends with them, and takes over
 * descriptors that they have opened: for what a virtual machine with its many threads cannot do
 * itself, such as to make namespaces for later use.
 *
 * {@snippet :
 * Slot made = Slot.named("network");
 * SetupProgram steps = SetupProgram.of(unshareNetwork, openOwnNetwork.opening(made));
 * Fd network = SetupProcess.run(steps, SetupProgram.empty(), List.of(made), deadline).getFirst();
 * }
 */
public final class SetupProcess {

  private SetupProcess() {}

  /**
   * Runs steps. When this returns, no process of it is left.
   *
   * @param launcherSteps what is done first
   * @param initSteps what the first process of a process-id namespace does, which the launcher's
   *     steps must have made; empty if there is none
   * @param opened slots that the last of these programs leaves open, or the first one; they may be
   *     closed on exec
   * @param deadline how long the steps may take; empty if they may block for ever
   * @return the descriptors, in the order of the slots
   * @throws SetupException if a step failed
   * @throws KernelException if the process could not be started, was killed, or took too long
   */
  public static List<Fd> run(
      SetupProgram launcherSteps,
      SetupProgram initSteps,
      List<Slot> opened,
      Optional<Duration> deadline)
      throws IOException {
    HandOver.Sockets sockets = HandOver.open();
    try (Fd ours = sockets.ours()) {
      try (Fd theirs = sockets.theirs()) {
        Slot socket = Slot.named("socket");
        SetupProgram send = SetupProgram.of(HandOver.send(socket, opened));
        boolean init = !initSteps.isEmpty();
        LaunchPlan plan =
            LaunchPlan.withoutCommand()
                .launcherSteps(init ? launcherSteps : launcherSteps.then(send))
                .initSteps(init ? initSteps.then(send) : initSteps)
                .supervision(init ? Supervision.PID_NAMESPACE : Supervision.NONE)
                .pass(socket, theirs)
                .build();
        run(plan, theirs, deadline);
      }
      return HandOver.receive(ours, opened.size());
    }
  }

  private static void run(LaunchPlan plan, Fd socket, Optional<Duration> deadline)
      throws IOException {
    SignalDefaults.ensureChildrenCanBeWaitedFor();
    try (Pipe pipe = Pipe.open();
        Fd nothing = NullDevice.open();
        Arena arena = Arena.ofConfined()) {
      int none = nothing.number();
      int report = pipe.write().number();
      int pid =
          Launcher.spawn(plan.image(), Optional.empty(), none, none, none, report, socket.number());
      // Else its end would never come.
      pipe.write().close();
      MemorySegment record = arena.allocate(StatusRecord.SHORT, Long.BYTES);
      if (StartReport.first(pid, false, deadline, pipe.read(), record) != 0) {
        throw StartReport.failure(pid, record, plan.image().steps());
      }
      // The pipe is closed, so they end by themselves, with the status that they have chosen.
      int ended = Reaping.abandon(pid);
      if (ended != 0) {
        throw StartReport.endedSilently(ended);
      }
    }
  }
}
