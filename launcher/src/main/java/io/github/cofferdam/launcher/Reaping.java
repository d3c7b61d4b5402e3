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
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes away what is left of this process's own children that have ended or are about to. Somebody
 * outside may have stopped or frozen one in that moment, and a process that waits for a device
 * cannot be killed: so nobody waits for them without an end.
 */
final class Reaping {
  private static final int WAIT4 = Syscall.number("wait4");
  static final int RUSAGE = 144;

  /** How long a child may take that has nothing more to do than to end, and one that was killed. */
  private static final long ENOUGH_NANOS = 150_000_000;

  private static final long PAUSE_NANOS = 500_000;

  private Reaping() {}

  /** What wait4(2) tells. */
  record Reaped(int status, ResourceUsage usage) {}

  /**
   * Waits for a child that is about to end, and kills it if it does not.
   *
   * @return empty if it lives all the same; then a thread waits for it
   */
  static Optional<Reaped> reap(int pid) throws KernelException {
    Optional<Reaped> reaped = reapIfEnded(pid);
    if (reaped.isPresent()) {
      return reaped;
    }
    try (Fd process = Children.open(pid)) {
      if (Poll.await(ENOUGH_NANOS, process, Uapi.POLLIN()) == 0) {
        Children.signal(pid, Uapi.SIGKILL());
        Poll.await(ENOUGH_NANOS, process, Uapi.POLLIN());
      }
    }
    reaped = reapIfEnded(pid);
    if (reaped.isEmpty()) {
      later(pid);
    }
    return reaped;
  }

  private static Optional<Reaped> reapIfEnded(int pid) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment usage = arena.allocate(RUSAGE, Long.BYTES);
      long result = wait(pid, status, Uapi.WNOHANG(), usage);
      return Syscall.check(result, "wait4", "wait for process " + pid) == 0
          ? Optional.empty()
          : Optional.of(
              new Reaped(status.get(ValueLayout.JAVA_INT, 0), ResourceUsage.ofChild(usage)));
    }
  }

  /** Has a thread of its own wait for a child that cannot end yet. */
  static void later(int pid) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("cofferdam-reaper")
            .unstarted(() -> {
              try (Arena arena = Arena.ofConfined()) {
                wait(pid, arena.allocate(ValueLayout.JAVA_INT), 0, MemorySegment.NULL);
              }
            });
    ThreadStarter.run(thread::start);
  }

  /**
   * Ends a launcher that nobody will wait for any more, and takes away what is left of it. An init
   * that it has started is a child of this process too, and in the launcher's process group, whose
   * number is the launcher's.
   *
   * @return the wait status of the one that did not exit with 0, if there is one
   */
  static int abandon(int pid) {
    Children.signal(pid, Uapi.SIGKILL());
    Children.signal(-pid, Uapi.SIGKILL());
    return reapGroup(pid);
  }

  /**
   * Waits for a child that was killed and for all others in the process group that it leads or was
   * to lead.
   *
   * @return the wait status of the one that did not exit with 0, if there is one
   */
  static int reapGroup(int pid) {
    long end = System.nanoTime() + ENOUGH_NANOS;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      int found = 0;
      boolean member = true;
      boolean leader = true;
      while (true) {
        long result = wait(-pid, status, Uapi.WNOHANG(), MemorySegment.NULL);
        member = result == 0;
        if (result <= 0) {
          // It may not be in its group yet.
          result = wait(pid, status, Uapi.WNOHANG(), MemorySegment.NULL);
          leader = result == 0;
        }
        if (result > 0) {
          int one = status.get(ValueLayout.JAVA_INT, 0);
          found = one == 0 ? found : one;
        } else if (!member && !leader) {
          return found;
        } else if (System.nanoTime() - end > 0) {
          later(leader ? pid : -pid);
          return found;
        } else {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }

  private static long wait(int pid, MemorySegment status, int flags, MemorySegment usage) {
    long result;
    do {
      result = Syscall.call(WAIT4, pid, status.address(), flags, usage.address());
    } while (result == -Errno.EINTR.number());
    return result;
  }
}
