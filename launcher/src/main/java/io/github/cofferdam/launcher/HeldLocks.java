package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.KernelFile;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.flock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Which locks an open file has: they belong to it and not to a process, so those that a command
 * takes on a file that was handed to it stay until everybody has closed it.
 *
 * @param whole of flock(2)
 * @param ranges F_OFD_SETLK of fcntl(2)
 */
record HeldLocks(boolean whole, boolean ranges) {
  private static final int FLOCK = Syscall.number("flock");
  private static final int FCNTL = Syscall.number("fcntl");

  /** What nobody knows is left alone. */
  private static final HeldLocks UNKNOWN = new HeldLocks(true, true);

  /** {@return which it has now} */
  static HeldLocks of(Fd fd) {
    // proc_pid_fdinfo(5): lock: 1: FLOCK  ADVISORY  WRITE 4711 fe:00:2312386 0 EOF
    if (!fd.acquire()) {
      return UNKNOWN;
    }
    try {
      // What the kernel shows of these comes before locks of processes, which are many.
      String text = KernelFile.text("/proc/self/fdinfo/" + fd.number());
      return new HeldLocks(text.contains(": FLOCK "), text.contains(": OFDLCK "));
    } catch (KernelException e) {
      return UNKNOWN;
    } finally {
      fd.release();
    }
  }

  /** Gives up what has been taken since this was looked at: nothing where there is nothing. */
  void restore(Fd fd) {
    if (whole && ranges) {
      return;
    }
    if (!fd.acquire()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      if (!whole) {
        Syscall.call(FLOCK, fd.number(), Uapi.LOCK_UN());
      }
      if (!ranges) {
        // From the beginning of the file to its end, however long it gets.
        MemorySegment all = flock.allocate(arena);
        flock.l_type(all, (short) Uapi.F_UNLCK());
        Syscall.call(FCNTL, fd.number(), Uapi.F_OFD_SETLK(), all.address());
      }
    } finally {
      fd.release();
    }
  }
}
