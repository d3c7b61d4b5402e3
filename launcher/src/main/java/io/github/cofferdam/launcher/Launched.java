package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs. Somebody has to wait for it ({@link #await}) or {@link #close} it: until
 * then its process id stays taken, and its descriptors stay open.
 */
public final class Launched implements AutoCloseable {
  /** How long a wait stays in the kernel before it looks whether its thread was interrupted. */
  static final long SLICE_NANOS = 50_000_000;

  /** The same where an interrupt ends a wait; somebody may have asked for the end meanwhile. */
  private static final long VIRTUAL_SLICE_NANOS = 200_000_000;

  private final int pid;
  private final int commandPid;
  private final Supervision supervision;
  private final Duration grace;
  private final LaunchStreams streams;

  /** Becomes readable at the end: the status pipe of a supervisor, or a pidfd. */
  private final Fd end;

  /** Its changes are guarded by the lock of this. */
  private final LastResort lastResort;

  private final EndWatch endWatch;

  /** Why this process has asked for the end, if it has. */
  private Exit.Reason asked = Exit.Reason.BY_ITSELF;

  /** Whom the end is due to that its supervisor does not bring about. */
  private Exit.Reason overdue = Exit.Reason.DEADLINE;

  /** Whether the whole tree was killed from here. */
  private boolean killedAll;

  private @Nullable Exit exit;

  Launched(
      int pid,
      int commandPid,
      Supervision supervision,
      Optional<Duration> deadline,
      Duration grace,
      LaunchStreams streams,
      Fd end) {
    this.pid = pid;
    this.commandPid = commandPid;
    this.supervision = supervision;
    this.grace = grace;
    lastResort = LastResort.after(deadline, grace);
    this.streams = streams;
    this.end = end;
    // A command that can stop its supervisor would run without one then.
    endWatch =
        new EndWatch(
            lastResort,
            supervision == Supervision.CHILD_WALK
                ? Optional.of(this::continueSupervisor)
                : Optional.empty());
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
   * Waits for the end. It comes within a second of the deadline and the plan's grace, if there is
   * one, whatever became of the supervisor.
   *
   * @throws InterruptedException if this thread is interrupted; the command runs on
   * @throws KernelException ECHILD if something else in this process has waited for what was
   *     started; ENOMEM, EMFILE or ENFILE if the kernel lacks what waiting takes
   */
  public Exit await() throws InterruptedException, KernelException {
    while (true) {
      Optional<Exit> ended = await(Duration.ofDays(1));
      if (ended.isPresent()) {
        return ended.get();
      }
    }
  }

  /**
   * Waits for the end, at most so long; empty if it has not come.
   *
   * @throws InterruptedException as {@link #await()}
   * @throws KernelException as {@link #await()}
   */
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
   * @throws InterruptedException as {@link #await()}
   * @throws KernelException as {@link #await()}
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
    // A virtual thread hears of an interrupt at once; there may be thousands.
    long longest =
        Thread.currentThread().isVirtual() && !endWatch.needsLookingAfter()
            ? VIRTUAL_SLICE_NANOS
            : SLICE_NANOS;
    long slice = Math.min(Math.min(nanos, longest), lastResort.left());
    if (DescriptorWait.interruptibly(slice, wanted)[0] != 0) {
      return Optional.of(finish());
    }
    if (lastResort.left() == 0) {
      return intervene();
    }
    endWatch.lookAfter();
    return Optional.empty();
  }

  /**
   * Waits until one of the piped streams is ready or the end has come, and leaves the end to those
   * who {@link #await} it. May return without either.
   *
   * @param stream number of a stream, 0 to 2
   * @return whether the end has come
   * @throws KernelException as {@link Poll#await(long, Poll.Wanted...)}
   */
  public boolean endsBefore(int stream) throws KernelException {
    Optional<Fd> fd = stream(stream);
    if (fd.isEmpty()) {
      return true;
    }
    int events = stream == 0 ? Uapi.POLLOUT() : Uapi.POLLIN();
    int[] ready =
        DescriptorWait.await(
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
      case NOTHING -> ask(overdue);
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
      Children.signal(end, Uapi.SIGKILL());
    } else {
      streams.lifeline().ifPresent(Fd::close);
      Children.signal(pid, Uapi.SIGCONT());
    }
    lastResort.asked(reason == Exit.Reason.DEADLINE);
  }

  /** The supervisor does not get to its work: the tree is ended from here. */
  private void force() throws KernelException {
    switch (supervision) {
      case NONE -> Children.signal(end, Uapi.SIGKILL());
      case PID_NAMESPACE -> {
        // The kernel ends all that is in it.
        Children.signal(pid, Uapi.SIGKILL());
        killedAll = true;
      }
      case SIGNAL_SCOPE, CHILD_WALK -> {
        // As long as the supervisor is there, orphans come to it and can be found.
        killedAll = Descendants.kill(pid, LastResort.WALK_NANOS);
        Children.signal(pid, Uapi.SIGKILL());
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
    if (!endWatch.add(end, executor, listener)) {
      executor.execute(listener);
    }
  }

  /**
   * Sends a signal to the command; nothing happens if it has ended.
   *
   * @param number 1 to 64
   * @throws IllegalArgumentException if there is no such signal
   * @throws KernelException EAGAIN if the supervisor takes no signals, since it was stopped; EPERM
   *     if the command, which has no supervisor, has another user by now
   */
  public void signal(int number) throws KernelException {
    check(number);
    if (streams.lifeline().isEmpty()) {
      Children.signal(end, number);
    } else {
      tell(number);
    }
  }

  /**
   * Sends a signal to the command's process group, as a terminal does for those in its foreground:
   * to the command, which leads it, and to whatever it has started that has not left it. Nothing
   * happens if the command has ended.
   *
   * @param number 1 to 64
   * @throws IllegalArgumentException if there is no such signal
   * @throws KernelException EAGAIN if the supervisor takes no signals, since it was stopped
   */
  public synchronized void signalGroup(int number) throws KernelException {
    check(number);
    if (streams.lifeline().isPresent()) {
      tell(Channels.GROUP + number);
    } else if (exit == null) {
      // Not waited for yet, so that its number is taken; it began a session.
      Children.signal(-pid, number);
    }
  }

  private static void check(int number) {
    if (number < 1 || number > 64) {
      throw new IllegalArgumentException("not a signal: " + number);
    }
  }

  /**
   * Tells the whole tree to end, with SIGTERM, and returns without waiting for it. What has not
   * ended when the plan's {@link LaunchPlan.Builder#grace grace} is over is killed; without one,
   * all is killed at once. The tree is what {@link #kill} ends; with {@link Supervision#CHILD_WALK}
   * only the command's process group gets SIGTERM. Without supervision, that group gets SIGTERM and
   * nobody sees to the rest.
   *
   * <p>A command that ends in that time has ended {@link Exit.Reason#BY_ITSELF}. Nothing happens if
   * it has ended already.
   *
   * @throws KernelException EAGAIN if the supervisor takes no signals, since it was stopped; it is
   *     seen to when its time is over
   */
  public synchronized void terminate() throws KernelException {
    if (exit != null) {
      return;
    }
    if (supervision == Supervision.NONE) {
      signalGroup(Uapi.SIGTERM());
      return;
    }
    if (lastResort.toldToEnd(grace)) {
      overdue = Exit.Reason.CLOSED;
      endWatch.changed();
    }
    tell(Channels.TERMINATE);
  }

  /** Says one byte to the supervisor. */
  private void tell(int what) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      Fd lifeline = streams.lifeline().orElseThrow();
      MemorySegment message = arena.allocate(1);
      message.set(ValueLayout.JAVA_BYTE, 0, (byte) what);
      // A supervisor that was stopped takes nothing out; a write would wait until it does.
      if (Poll.await(0, lifeline, Uapi.POLLOUT()) == 0) {
        throw new KernelException(
            "write",
            Errno.EAGAIN,
            "signal the command: its supervisor, process " + pid + ", does not take signals");
      }
      lifeline.write(message);
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
   *
   * @throws KernelException EPERM if the command, which has no supervisor, has another user by now
   */
  public synchronized void kill() throws KernelException {
    if (exit == null) {
      ask(Exit.Reason.CLOSED);
      endWatch.changed();
    }
  }

  private synchronized void continueSupervisor() {
    if (exit == null) {
      Children.continueIfStopped(pid);
    }
  }

  /**
   * Ends the tree, waits for its end, a second at most, and closes the piped streams and what was
   * received. An interrupt does not cut this short, and is kept.
   *
   * @throws KernelException as {@link #kill} and {@link #await()}; the streams are closed all the
   *     same
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
