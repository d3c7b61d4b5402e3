package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs. Somebody has to wait for it ({@link #await}) or {@link #close} it: until
 * then its process id stays taken, and its descriptors stay open.
 */
public final class Launched implements AutoCloseable {
  private static final int KILL = Syscall.number("kill");
  private static final int PIDFD_OPEN = Syscall.number("pidfd_open");
  private static final int PIDFD_SEND_SIGNAL = Syscall.number("pidfd_send_signal");

  /**
   * How much later than the deadline a launcher that has not reported is killed: one that has
   * started the command ends the tree by itself.
   */
  private static final long GRACE_NANOS = 500_000_000;

  /** How long a wait stays in the kernel before it looks whether its thread was interrupted. */
  private static final long SLICE_NANOS = 50_000_000;

  private final int pid;
  private final int commandPid;
  private final Supervision supervision;
  private final Launcher.Streams streams;

  /** Becomes readable at the end: the status pipe of a supervisor, or a pidfd. */
  private final Fd end;

  /** Its changes are guarded by the lock of this. */
  private final LastResort lastResort;

  /** Why this process has asked for the end, if it has. */
  private Exit.Reason asked = Exit.Reason.BY_ITSELF;

  /** Whether the whole tree was killed from here. */
  private boolean killedAll;

  private @Nullable Exit exit;

  private Launched(
      int pid,
      int commandPid,
      Supervision supervision,
      Optional<Duration> deadline,
      Launcher.Streams streams,
      Fd end) {
    this.pid = pid;
    this.commandPid = commandPid;
    this.supervision = supervision;
    lastResort = LastResort.after(deadline);
    this.streams = streams;
    this.end = end;
  }

  /** Waits until the command was executed. */
  static Launched confirm(int pid, LaunchPlan plan, List<Step> steps, Launcher.Streams streams)
      throws KernelException {
    boolean supervised = plan.supervision() != Supervision.NONE;
    boolean stoppable = plan.supervision() == Supervision.CHILD_WALK;
    Optional<Duration> deadline = plan.deadline();
    try (Arena arena = Arena.ofConfined()) {
      boolean gone = plan.initAlone() && takeLauncherAway(pid, deadline, streams, arena);
      MemorySegment record = arena.allocate(StatusRecord.SHORT, 8);
      int size = firstReport(pid, stoppable, deadline, streams.status(), record);
      int kind = size == 0 ? 0 : record.get(ValueLayout.JAVA_INT, 0);
      if (kind == StatusRecord.STARTED) {
        int command = record.get(ValueLayout.JAVA_INT, Scratch.VALUE);
        int init = record.get(ValueLayout.JAVA_INT, Scratch.INIT);
        if (init != 0 && !gone) {
          // It has ended, or is about to: init has got all that it waited for.
          Reaping.reap(pid);
        }
        int supervisor = init == 0 ? pid : init;
        var launched =
            new Launched(
                supervisor, command, plan.supervision(), deadline, streams, streams.status());
        try {
          streams.receive();
        } catch (KernelException | RuntimeException e) {
          launched.close();
          throw e;
        }
        return launched;
      }
      if (kind == StatusRecord.FAILED) {
        throw failure(pid, record, steps);
      }
      if (supervised) {
        throw endedSilently(abandon(pid));
      }
      // End of file: exec closed the pipe.
      long pidfd = Syscall.call(PIDFD_OPEN, pid, 0);
      if (Syscall.isError(pidfd)) {
        abandon(pid);
      }
      Fd end = Fd.owning(pidfd, "pidfd_open", "watch process " + pid);
      streams.status().close();
      return new Launched(pid, pid, Supervision.NONE, deadline, streams, end);
    }
  }

  /**
   * Waits for the launcher, which ends when it has made init, and tells init so.
   *
   * @return whether that was done; not where one of them has failed, which it has reported then
   */
  private static boolean takeLauncherAway(
      int pid, Optional<Duration> deadline, Launcher.Streams streams, Arena arena)
      throws KernelException {
    try (Fd launcher =
        Fd.owning(Syscall.call(PIDFD_OPEN, pid, 0), "pidfd_open", "watch process " + pid)) {
      long end = firstEnd(deadline);
      while (Poll.await(SLICE_NANOS, launcher, Uapi.POLLIN()) == 0) {
        requireTime(end);
      }
      if (Poll.await(0, streams.status(), Uapi.POLLIN()) != 0) {
        return false;
      }
      Reaping.reap(pid);
      MemorySegment word = arena.allocate(1);
      word.set(ValueLayout.JAVA_BYTE, 0, LaunchSequence.GONE);
      try {
        streams.lifeline().orElseThrow().writeFully(word);
      } catch (KernelException e) {
        // An init that is gone has reported why, and that is told.
        if (e.errno() != Errno.EPIPE) {
          throw e;
        }
      }
      return true;
    } catch (KernelException | RuntimeException e) {
      abandon(pid);
      throw e;
    }
  }

  /** A command without a supervisor that has been executed. */
  static Launched executed(Vfork.Child child, Launcher.Streams streams) {
    return new Launched(
        child.pid(), child.pid(), Supervision.NONE, Optional.empty(), streams, child.pidfd());
  }

  /** What a launcher has reported that is gone, or about to go. */
  static SetupException failure(int pid, MemorySegment record, List<Step> steps)
      throws KernelException {
    int init = record.get(ValueLayout.JAVA_INT, Scratch.INIT);
    if (init == 0) {
      Reaping.reap(pid);
    } else {
      // One of the two has failed, and the other has no use any more.
      abandon(pid);
    }
    Step step = steps.get(record.get(ValueLayout.JAVA_INT, Scratch.VALUE));
    int result = record.get(ValueLayout.JAVA_INT, Scratch.RESULT);
    // A success that is a failure is a descriptor with an unexpected number.
    Errno errno = result < 0 ? Errno.of(-result) : Errno.EBADF;
    return step.syscall().equals("execve")
        ? new ExecException(step, errno)
        : new SetupException(step, errno);
  }

  static KernelException endedSilently(int status) {
    return new KernelException(
        "posix_spawn",
        Errno.ECHILD,
        "start the command: the launcher ended with wait status 0x"
            + Integer.toHexString(status)
            + " and without a report; a security module or a seccomp filter around this process"
            + " may have killed it");
  }

  /**
   * Reads what the launcher reports first. The supervisor cannot see to the deadline before the
   * command has been executed, and a step may block: a file system that does not answer is enough.
   */
  static int firstReport(
      int pid, boolean stoppable, Optional<Duration> deadline, Fd status, MemorySegment record)
      throws KernelException {
    try {
      if (deadline.isPresent() || stoppable) {
        long end = firstEnd(deadline);
        long left = end - System.nanoTime();
        while (Poll.await(Math.clamp(left, 0, SLICE_NANOS), status, Uapi.POLLIN()) == 0) {
          left = requireTime(end);
          if (stoppable) {
            continueIfStopped(pid);
          }
        }
      }
      return status.read(record);
    } catch (KernelException | RuntimeException e) {
      abandon(pid);
      throw e;
    }
  }

  private static long firstEnd(Optional<Duration> deadline) {
    return System.nanoTime()
        + LastResort.nanos(deadline.orElse(ChronoUnit.FOREVER.getDuration()))
        + GRACE_NANOS;
  }

  /** What is left until a time that must not have come. */
  private static long requireTime(long end) throws KernelException {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new KernelException(
          "ppoll", Errno.ETIMEDOUT, "start the command before its deadline: a step blocks");
    }
    return left;
  }

  /** A command that can signal its supervisor may stop it, and would then run without one. */
  private static void continueIfStopped(int pid) {
    if (ProcessStat.of(pid).filter(ProcessStat::stopped).isPresent()) {
      Syscall.call(KILL, pid, Uapi.SIGCONT());
    }
  }

  /**
   * Ends a launcher that nobody will wait for any more, and takes away what is left of it. An init
   * that it has started is a child of this process too, and in the launcher's process group, whose
   * number is the launcher's.
   *
   * @return the wait status of the one that did not exit with 0, if there is one
   */
  static int abandon(int pid) {
    Syscall.call(KILL, pid, Uapi.SIGKILL());
    Syscall.call(KILL, -pid, Uapi.SIGKILL());
    return Reaping.reapGroup(pid);
  }

  /**
   * {@return the process id of what was started: the supervisor, which in a process-id namespace is
   * its init, or the command if there is none}
   */
  public int pid() {
    return pid;
  }

  /** {@return the command's process id, as its supervisor sees it} */
  public int commandPid() {
    return commandPid;
  }

  /**
   * {@return this process's end of a piped standard stream: 0 to write to, 1 and 2 to read from}
   */
  public Optional<Fd> stream(int index) {
    return streams.standard(index);
  }

  /**
   * {@return the descriptor that the plan has {@link LaunchPlan.Builder#handOver handed over}};
   * closed with this, unless it was closed before.
   */
  public Optional<Fd> received() {
    return streams.received();
  }

  /** {@return whether the end is known already} */
  public synchronized boolean ended() {
    return exit != null;
  }

  /**
   * Waits for the end. It comes within a second of the deadline, if there is one, whatever became
   * of the supervisor.
   */
  public Exit await() throws InterruptedException, KernelException {
    while (true) {
      Optional<Exit> ended = await(Duration.ofDays(1));
      if (ended.isPresent()) {
        return ended.get();
      }
    }
  }

  /** Waits for the end, at most so long; empty if it has not come. */
  public Optional<Exit> await(Duration timeout) throws InterruptedException, KernelException {
    long until = System.nanoTime() + LastResort.nanos(timeout);
    var ending = new Poll.Wanted(end, Uapi.POLLIN());
    while (true) {
      long left = Math.max(0, until - System.nanoTime());
      Optional<Exit> ended = await(left, ending);
      if (ended.isPresent() || left == 0) {
        return ended;
      }
    }
  }

  /**
   * Waits for the end, or until something can be done with one of the piped streams: read from it,
   * or written to it. May return without either.
   *
   * @param streams numbers of streams, 0 to 2; those that are no pipes are passed over
   * @return how it ended, as {@link #await}
   */
  public Optional<Exit> awaitEither(int... streams) throws InterruptedException, KernelException {
    var wanted = new ArrayList<Poll.Wanted>();
    wanted.add(new Poll.Wanted(end, Uapi.POLLIN()));
    for (int stream : streams) {
      stream(stream)
          .filter(fd -> !fd.isClosed())
          .ifPresent(
              fd -> wanted.add(new Poll.Wanted(fd, stream == 0 ? Uapi.POLLOUT() : Uapi.POLLIN())));
    }
    return await(Long.MAX_VALUE, wanted.toArray(Poll.Wanted[]::new));
  }

  /** The first of what is wanted is the end. */
  private Optional<Exit> await(long nanos, Poll.Wanted... wanted)
      throws InterruptedException, KernelException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    long slice = Math.min(Math.min(nanos, SLICE_NANOS), lastResort.left());
    if (Poll.await(slice, wanted)[0] != 0) {
      return Optional.of(finish());
    }
    if (lastResort.left() == 0) {
      return intervene();
    }
    if (isStoppable()) {
      continueSupervisor();
    }
    return Optional.empty();
  }

  /**
   * Waits until one of the piped streams is ready or the end has come, and leaves the end to those
   * who {@link #await} it. May return without either.
   *
   * @param stream number of a stream, 0 to 2
   * @return whether the end has come
   */
  public boolean endsBefore(int stream) throws KernelException {
    Optional<Fd> fd = stream(stream);
    if (fd.isEmpty()) {
      return true;
    }
    int events = stream == 0 ? Uapi.POLLOUT() : Uapi.POLLIN();
    int[] ready =
        Poll.await(
            Poll.FOREVER, new Poll.Wanted(end, Uapi.POLLIN()), new Poll.Wanted(fd.get(), events));
    return ready[0] != 0 && ready[1] == 0;
  }

  /** Does what {@link LastResort} says, when it is time. */
  private synchronized Optional<Exit> intervene() throws KernelException {
    if (exit != null) {
      return Optional.of(exit);
    }
    if (lastResort.left() > 0) {
      return Optional.empty();
    }
    switch (lastResort.stage()) {
      case NOTHING -> ask(Exit.Reason.DEADLINE);
      case ASKED -> force();
      case FORCED -> {
        // Frozen, or waiting for a device: it ends when it can.
        killedAll = false;
        Reaping.later(pid);
        return Optional.of(ended(lost(Uapi.SIGKILL(), ResourceUsage.NONE)));
      }
    }
    return Optional.empty();
  }

  /** Asks the supervisor to end the tree. A stopped one is continued. */
  private void ask(Exit.Reason reason) throws KernelException {
    if (asked == Exit.Reason.BY_ITSELF) {
      asked = reason;
    }
    if (supervision == Supervision.NONE) {
      signalDirectly(Uapi.SIGKILL());
    } else {
      streams.lifeline().ifPresent(Fd::close);
      Syscall.call(KILL, pid, Uapi.SIGCONT());
    }
    lastResort.asked(reason == Exit.Reason.DEADLINE);
  }

  /** The supervisor does not get to its work: the tree is ended from here. */
  private void force() throws KernelException {
    switch (supervision) {
      case NONE -> signalDirectly(Uapi.SIGKILL());
      case PID_NAMESPACE -> {
        // The kernel ends all that is in it.
        Syscall.call(KILL, pid, Uapi.SIGKILL());
        killedAll = true;
      }
      case SIGNAL_SCOPE, CHILD_WALK -> {
        // As long as the supervisor is there, orphans come to it and can be found.
        killedAll = Descendants.kill(pid, LastResort.WALK_NANOS);
        Syscall.call(KILL, pid, Uapi.SIGKILL());
      }
    }
    lastResort.forced();
  }

  /**
   * Has a listener run once the end has come, so that {@link #await} does not wait any more, or
   * when it is overdue, so that {@link #await} brings it about within a second. All ends are
   * watched by one thread, however many commands run. It is started when it is needed; not with the
   * Landlock domains and filters of the thread that calls this then, if Cofferdam put that behind
   * them.
   *
   * @param executor runs the listener: in a thread of its own, since the one that watches has no
   *     time for it, and in that of the caller if the end is known already. What it refuses when
   *     the end comes is logged and lost
   * @throws KernelException EEXIST if somebody waits to be told already; EMFILE, ENFILE or ENOSPC
   *     if there are no more descriptors or watches, see epoll_ctl(2). Nobody will be told then
   */
  public void onEnd(Executor executor, Runnable listener) throws KernelException {
    if (!EndWatch.add(this, end, executor, listener)) {
      executor.execute(listener);
    }
  }

  /**
   * Sends a signal to the command; nothing happens if it has ended.
   *
   * @param number 1 to 64
   */
  public void signal(int number) throws KernelException {
    if (number < 1 || number > 64) {
      throw new IllegalArgumentException("not a signal: " + number);
    }
    Optional<Fd> lifeline = streams.lifeline();
    if (lifeline.isEmpty()) {
      signalDirectly(number);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(1);
      message.set(ValueLayout.JAVA_BYTE, 0, (byte) number);
      // A supervisor that was stopped takes nothing out; a write would wait until it does.
      if (Poll.await(0, lifeline.get(), Uapi.POLLOUT()) == 0) {
        throw new KernelException(
            "write",
            Errno.EAGAIN,
            "signal the command: its supervisor, process " + pid + ", does not take signals");
      }
      lifeline.get().write(message);
    } catch (KernelException e) {
      // The supervisor is gone or about to go, or this was closed: the command has ended.
      if (e.errno() != Errno.EPIPE && e.errno() != Errno.EBADF) {
        throw e;
      }
    }
  }

  /**
   * Ends the whole tree at once and returns without waiting for it. Without supervision, only the
   * command.
   */
  public synchronized void kill() throws KernelException {
    if (exit == null) {
      ask(Exit.Reason.CLOSED);
      EndWatch.changed(this);
    }
  }

  /** Whether the command can stop its supervisor, which then has to be continued by somebody. */
  boolean isStoppable() {
    return supervision == Supervision.CHILD_WALK;
  }

  synchronized void continueSupervisor() {
    if (exit == null) {
      continueIfStopped(pid);
    }
  }

  /** When {@link #await} has something to do, although the end has not come. */
  long nanosUntilDue() {
    return lastResort.left();
  }

  /**
   * Ends the tree, waits for its end, a second at most, and closes the piped streams and what was
   * received. An interrupt does not cut this short, and is kept.
   */
  @Override
  public void close() throws KernelException {
    boolean interrupted = false;
    try {
      kill();
      while (!ended()) {
        try {
          await(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      streams.close();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void signalDirectly(int number) throws KernelException {
    if (!end.acquire()) {
      return;
    }
    try {
      long result = Syscall.call(PIDFD_SEND_SIGNAL, end.number(), number, 0, 0);
      if (result != -Errno.ESRCH.number()) {
        Syscall.check(result, "pidfd_send_signal", "send signal " + number);
      }
    } finally {
      end.release();
    }
  }

  /** Collects what is there to collect, once. */
  private synchronized Exit finish() throws KernelException {
    if (exit != null) {
      return exit;
    }
    if (supervision == Supervision.NONE) {
      return ended(
          Reaping.reap(pid)
              .map(reaped -> new Exit(reaped.status(), Exit.Reason.BY_ITSELF, reaped.usage()))
              .orElseGet(() -> lost(Uapi.SIGKILL(), ResourceUsage.NONE)));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment record = arena.allocate(StatusRecord.LONG, 8);
      int size = end.read(record);
      Optional<Reaping.Reaped> supervisor = Reaping.reap(pid);
      if (size == StatusRecord.LONG) {
        return ended(
            new Exit(
                record.get(ValueLayout.JAVA_INT, Scratch.VALUE),
                reason(record.get(ValueLayout.JAVA_INT, Scratch.RESULT)),
                ResourceUsage.of(record.asSlice(Scratch.USAGE))));
      }
      if (!killedAll) {
        Orphans.killAdopted();
      }
      return ended(
          supervisor
              .map(reaped -> lost(reaped.status(), reaped.usage()))
              .orElseGet(() -> lost(Uapi.SIGKILL(), ResourceUsage.NONE)));
    }
  }

  private Exit ended(Exit known) {
    exit = known;
    streams.lifeline().ifPresent(Fd::close);
    end.close();
    return known;
  }

  /** The supervisor has left no record. Only if all was killed from here, it is known who did. */
  private Exit lost(int status, ResourceUsage usage) {
    return new Exit(status, killedAll ? asked : Exit.Reason.SUPERVISOR_LOST, usage);
  }

  /** It was asked to end the tree at the deadline if it had not done so itself. */
  private Exit.Reason reason(int number) {
    return switch (number) {
      case StatusRecord.DEADLINE -> Exit.Reason.DEADLINE;
      case StatusRecord.CLOSED ->
          asked == Exit.Reason.DEADLINE ? Exit.Reason.DEADLINE : Exit.Reason.CLOSED;
      default -> Exit.Reason.BY_ITSELF;
    };
  }
}
