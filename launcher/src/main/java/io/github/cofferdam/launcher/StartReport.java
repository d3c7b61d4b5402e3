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
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * What is heard of a launcher that was started: the {@link StatusRecord} that it writes first, or
 * the end of the pipe. Whatever says that the command was not executed leaves no process behind.
 */
final class StartReport {
  /**
   * How much later than the deadline a launcher that has not reported is killed: one that has
   * started the command ends the tree by itself.
   */
  private static final long GRACE_NANOS = 500_000_000;

  private StartReport() {}

  /** Waits until the command was executed. */
  static Launched confirm(int pid, LaunchParts plan, List<Step> steps, LaunchStreams streams)
      throws KernelException {
    boolean supervised = plan.supervision() != Supervision.NONE;
    boolean stoppable = plan.supervision() == Supervision.CHILD_WALK;
    Optional<Duration> deadline = plan.deadline();
    try (Arena arena = Arena.ofConfined()) {
      boolean gone = plan.initAlone() && takeLauncherAway(pid, deadline, streams, arena);
      MemorySegment record = arena.allocate(StatusRecord.SHORT, 8);
      int size = first(pid, stoppable, deadline, streams.status(), record);
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
                supervisor,
                command,
                plan.supervision(),
                deadline,
                plan.grace(),
                streams,
                streams.status());
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
        throw endedSilently(Reaping.abandon(pid));
      }
      // End of file: exec closed the pipe.
      Fd end = watch(pid);
      streams.status().close();
      return new Launched(pid, pid, Supervision.NONE, deadline, Duration.ZERO, streams, end);
    }
  }

  /**
   * Waits for the launcher, which ends when it has made init, and tells init so.
   *
   * @return whether that was done; not where one of them has failed, which it has reported then
   */
  private static boolean takeLauncherAway(
      int pid, Optional<Duration> deadline, LaunchStreams streams, Arena arena)
      throws KernelException {
    try (Fd launcher = Children.open(pid)) {
      long end = firstEnd(deadline);
      while (Poll.await(Launched.SLICE_NANOS, launcher, Uapi.POLLIN()) == 0) {
        requireTime(end);
      }
      if (Poll.await(0, streams.status(), Uapi.POLLIN()) != 0) {
        return false;
      }
      Reaping.reap(pid);
      MemorySegment word = arena.allocate(1);
      word.set(ValueLayout.JAVA_BYTE, 0, Channels.GONE);
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
      Reaping.abandon(pid);
      throw e;
    }
  }

  /** The command's process is watched itself: nobody else would tell of its end. */
  private static Fd watch(int pid) throws KernelException {
    try {
      return Children.open(pid);
    } catch (KernelException e) {
      Reaping.abandon(pid);
      throw e;
    }
  }

  /** What a launcher has reported that is gone, or about to go. */
  static SetupException failure(int pid, MemorySegment record, List<Step> steps)
      throws KernelException {
    int init = record.get(ValueLayout.JAVA_INT, Scratch.INIT);
    if (init == 0) {
      Reaping.reap(pid);
    } else {
      // One of the two has failed, and the other has no use any more.
      Reaping.abandon(pid);
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
  static int first(
      int pid, boolean stoppable, Optional<Duration> deadline, Fd status, MemorySegment record)
      throws KernelException {
    try {
      if (deadline.isPresent() || stoppable) {
        long end = firstEnd(deadline);
        long left = end - System.nanoTime();
        while (Poll.await(Math.clamp(left, 0, Launched.SLICE_NANOS), status, Uapi.POLLIN()) == 0) {
          left = requireTime(end);
          if (stoppable) {
            Children.continueIfStopped(pid);
          }
        }
      }
      return status.read(record);
    } catch (KernelException | RuntimeException e) {
      Reaping.abandon(pid);
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
}
