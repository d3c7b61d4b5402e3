package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
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
  private static final int WAIT4 = Syscall.number("wait4");
  private static final int PPOLL = Syscall.number("ppoll");
  private static final int PIDFD_OPEN = Syscall.number("pidfd_open");
  private static final int PIDFD_SEND_SIGNAL = Syscall.number("pidfd_send_signal");

  /** How many times a second apart a supervisor is asked to end its tree before it is killed. */
  private static final int PATIENCE = 10;

  /**
   * How much later than the deadline a launcher that has not reported is killed: one that has
   * started the command ends the tree by itself, and only it can end all of it.
   */
  private static final long GRACE_NANOS = 1_000_000_000;

  /** How long a wait stays in the kernel before it looks whether its thread was interrupted. */
  private static final long SLICE_NANOS = 50_000_000;

  private final int pid;
  private final int commandPid;
  private final boolean supervised;

  /** Whether the command can stop its supervisor. */
  private final boolean stoppable;

  private final Launcher.Streams streams;

  /** Becomes readable at the end: the status pipe of a supervisor, or a pidfd. */
  private final Fd end;

  private @Nullable Exit exit;

  private Launched(
      int pid,
      int commandPid,
      boolean supervised,
      boolean stoppable,
      Launcher.Streams streams,
      Fd end) {
    this.pid = pid;
    this.commandPid = commandPid;
    this.supervised = supervised;
    this.stoppable = stoppable;
    this.streams = streams;
    this.end = end;
  }

  /** Waits until the command was executed. */
  static Launched confirm(
      int pid,
      Supervision supervision,
      Optional<Duration> deadline,
      List<Step> steps,
      Launcher.Streams streams)
      throws KernelException {
    boolean supervised = supervision != Supervision.NONE;
    boolean stoppable = supervision == Supervision.CHILD_WALK;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment record = arena.allocate(StatusRecord.SHORT, 8);
      int size = firstReport(pid, stoppable, deadline, streams.status(), record);
      int kind = size == 0 ? 0 : record.get(ValueLayout.JAVA_INT, 0);
      if (kind == StatusRecord.STARTED) {
        int command = record.get(ValueLayout.JAVA_INT, Scratch.VALUE);
        int init = record.get(ValueLayout.JAVA_INT, Scratch.INIT);
        if (init != 0) {
          // It has ended, or is about to: init has got all that it waited for.
          reap(pid, arena);
        }
        int supervisor = init == 0 ? pid : init;
        var launched =
            new Launched(supervisor, command, true, stoppable, streams, streams.status());
        try {
          streams.receive();
        } catch (KernelException | RuntimeException e) {
          launched.close();
          throw e;
        }
        return launched;
      }
      if (kind == StatusRecord.FAILED) {
        throw failure(pid, record, steps, arena);
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
      return new Launched(pid, pid, false, false, streams, end);
    }
  }

  /** A command without a supervisor that has been executed. */
  static Launched executed(Vfork.Child child, Launcher.Streams streams) {
    return new Launched(child.pid(), child.pid(), false, false, streams, child.pidfd());
  }

  /** What a launcher has reported that is gone, or about to go. */
  static SetupException failure(int pid, MemorySegment record, List<Step> steps, Arena arena)
      throws KernelException {
    int init = record.get(ValueLayout.JAVA_INT, Scratch.INIT);
    if (init == 0) {
      reap(pid, arena);
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
        long end =
            System.nanoTime()
                + nanos(deadline.orElse(ChronoUnit.FOREVER.getDuration()))
                + GRACE_NANOS;
        long left = end - System.nanoTime();
        while (!poll(status, Math.clamp(left, 0, SLICE_NANOS))) {
          left = end - System.nanoTime();
          if (left <= 0) {
            throw new KernelException(
                "ppoll", Errno.ETIMEDOUT, "start the command before its deadline: a step blocks");
          }
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

  /** What is longer than a century is as good as a century, and does not overflow. */
  private static long nanos(Duration duration) {
    Duration century = Duration.ofDays(36_500);
    return (duration.compareTo(century) < 0 ? duration : century).toNanos();
  }

  /** A command that can signal its supervisor may stop it, and would then run without one. */
  private static void continueIfStopped(int pid) {
    try {
      // pid (name) state ...; the name may hold anything
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      if (stat.startsWith(") T", stat.lastIndexOf(')'))) {
        Syscall.call(KILL, pid, Uapi.SIGCONT());
      }
    } catch (IOException e) {
      // No /proc, or the process has ended, which whoever waits for it will see.
    }
  }

  /**
   * Ends a launcher that nobody will wait for any more, and takes away what is left of it. An init
   * that it has started is a child of this process too, and in the launcher's process group, whose
   * number is the launcher's.
   *
   * @return the wait status of the one that did not exit with 0, if there is one
   */
  static int abandon(int pid) throws KernelException {
    Syscall.call(KILL, pid, Uapi.SIGKILL());
    Syscall.call(KILL, -pid, Uapi.SIGKILL());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      int found = 0;
      while (wait(-pid, status, MemorySegment.NULL) >= 0) {
        int one = status.get(ValueLayout.JAVA_INT, 0);
        found = one == 0 ? found : one;
      }
      // Not in its group yet.
      if (wait(pid, status, MemorySegment.NULL) >= 0) {
        found = status.get(ValueLayout.JAVA_INT, 0);
      }
      return found;
    }
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

  /** Waits for the end. */
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
    long deadline = System.nanoTime() + nanos(timeout);
    while (true) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long left = Math.max(0, deadline - System.nanoTime());
      if (poll(end, Math.min(left, SLICE_NANOS))) {
        return Optional.of(finish());
      }
      if (left == 0) {
        return Optional.empty();
      }
      if (stoppable) {
        continueSupervisor();
      }
    }
  }

  /**
   * Has a listener run once the end has come, so that {@link #await} does not wait any more. All
   * ends are watched by one thread, however many commands run. It is started when it is needed, and
   * so with the Landlock domains of the thread that calls this then; they may keep it from looking
   * after commands of others.
   *
   * @param executor runs the listener: in a thread of its own, since the one that watches has no
   *     time for it, and in that of the caller if the end is known already. What it refuses when
   *     the end comes is logged and lost
   * @throws KernelException EEXIST if somebody waits to be told already; EMFILE, ENFILE or ENOSPC
   *     if there are no more descriptors or watches, see epoll_ctl(2). Nobody will be told then
   */
  public void onEnd(Executor executor, Runnable listener) throws KernelException {
    if (end.acquire()) {
      EndWatch.add(this, end, executor, listener);
    } else {
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
  public void kill() throws KernelException {
    if (supervised) {
      streams.lifeline().ifPresent(Fd::close);
      // A command that can signal its supervisor may have stopped it.
      signalSupervisor(Uapi.SIGCONT());
    } else {
      signalDirectly(Uapi.SIGKILL());
    }
  }

  /** Whether the command can stop its supervisor, which then has to be continued by somebody. */
  boolean isStoppable() {
    return stoppable;
  }

  synchronized void continueSupervisor() {
    if (exit == null) {
      continueIfStopped(pid);
    }
  }

  /** The supervisor's process id is taken as long as it has not been waited for. */
  private synchronized void signalSupervisor(int number) {
    if (exit == null) {
      Syscall.call(KILL, pid, number);
    }
  }

  /**
   * Ends the tree, waits for its end and closes the piped streams and what was received. An
   * interrupt does not cut this short, and is kept.
   */
  @Override
  public void close() throws KernelException {
    boolean interrupted = false;
    try {
      if (!ended()) {
        interrupted = killUntilEnded();
      }
    } finally {
      streams.close();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns whether this thread was interrupted meanwhile. */
  private boolean killUntilEnded() throws KernelException {
    boolean interrupted = false;
    for (int attempt = 1; ; attempt++) {
      if (supervised && attempt > PATIENCE) {
        // It does not get to its work. The command dies with it, and the outcome is what it is:
        // lost.
        signalSupervisor(Uapi.SIGKILL());
      } else {
        kill();
      }
      try {
        if (await(Duration.ofSeconds(1)).isPresent()) {
          return interrupted;
        }
      } catch (InterruptedException e) {
        interrupted = true;
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

  /** {@return whether a descriptor became readable in time; true if it is closed already} */
  private static boolean poll(Fd fd, long nanos) throws KernelException {
    if (!fd.acquire()) {
      return true;
    }
    // struct pollfd: | fd 32 | events 16 | revents 16 |; struct timespec: | sec 64 | nsec 64 |
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(24, 8);
      poll.set(ValueLayout.JAVA_INT, 0, fd.number());
      poll.set(ValueLayout.JAVA_SHORT, 4, (short) Uapi.POLLIN());
      poll.set(ValueLayout.JAVA_LONG, 8, nanos / 1_000_000_000);
      poll.set(ValueLayout.JAVA_LONG, 16, nanos % 1_000_000_000);
      long result =
          Syscall.call(PPOLL, poll.address(), 1, poll.address() + 8, 0, LaunchSequence.SIGNAL_SET);
      return result != -Errno.EINTR.number()
          && Syscall.check(result, "ppoll", "wait for " + fd) > 0;
    } finally {
      fd.release();
    }
  }

  /** Collects what is there to collect, once. */
  private synchronized Exit finish() throws KernelException {
    if (exit != null) {
      return exit;
    }
    try (Arena arena = Arena.ofConfined()) {
      if (supervised) {
        MemorySegment record = arena.allocate(StatusRecord.LONG, 8);
        int size = end.read(record);
        Exit launcher = reap(pid, arena);
        exit =
            size == StatusRecord.LONG
                ? new Exit(
                    record.get(ValueLayout.JAVA_INT, Scratch.VALUE),
                    reason(record.get(ValueLayout.JAVA_INT, Scratch.RESULT)),
                    ResourceUsage.of(record.asSlice(Scratch.USAGE)))
                : new Exit(launcher.status(), Exit.Reason.SUPERVISOR_LOST, launcher.usage());
      } else {
        exit = reap(pid, arena);
      }
      streams.lifeline().ifPresent(Fd::close);
      end.close();
      return exit;
    }
  }

  private static Exit.Reason reason(int number) {
    return switch (number) {
      case StatusRecord.DEADLINE -> Exit.Reason.DEADLINE;
      case StatusRecord.CLOSED -> Exit.Reason.CLOSED;
      default -> Exit.Reason.BY_ITSELF;
    };
  }

  private static Exit reap(int pid, Arena arena) throws KernelException {
    MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
    MemorySegment usage = arena.allocate(144, 8);
    Syscall.check(wait(pid, status, usage), "wait4", "wait for process " + pid);
    return new Exit(
        status.get(ValueLayout.JAVA_INT, 0), Exit.Reason.BY_ITSELF, ResourceUsage.of(usage));
  }

  private static long wait(int pid, MemorySegment status, MemorySegment usage) {
    long result;
    do {
      result = Syscall.call(WAIT4, pid, status.address(), 0, usage.address());
    } while (result == -Errno.EINTR.number());
    return result;
  }
}
