package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.flock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Which locks an open file has: they belong to it and not to a process, so those that a command
 * takes on a file that was handed to it stay until everybody has closed it.
 *
 * @param whole of flock(2)
 * @param ranges F_OFD_SETLK of fcntl(2)
 */
record HeldLocks(boolean whole, boolean ranges) {
  private static final int OPENAT = Syscall.number("openat");
  private static final int FLOCK = Syscall.number("flock");
  private static final int FCNTL = Syscall.number("fcntl");

  /** What the kernel shows comes before locks of processes, which are many. */
  private static final int SIZE = 4096;

  /** What nobody knows is left alone. */
  private static final HeldLocks UNKNOWN = new HeldLocks(true, true);

  /** {@return which it has now} */
  static HeldLocks of(Fd fd) {
    // proc_pid_fdinfo(5): lock: 1: FLOCK  ADVISORY  WRITE 4711 fe:00:2312386 0 EOF
    try (Arena arena = Arena.ofConfined()) {
      if (!fd.acquire()) {
        return UNKNOWN;
      }
      String text;
      try {
        text = read(arena, fd.number());
      } finally {
        fd.release();
      }
      return new HeldLocks(text.contains(": FLOCK "), text.contains(": OFDLCK "));
    } catch (KernelException e) {
      return UNKNOWN;
    }
  }

  private static String read(Arena arena, int number) throws KernelException {
    try (Fd info = open(arena, "/proc/self/fdinfo/" + number)) {
      MemorySegment buffer = arena.allocate(SIZE);
      byte[] bytes = buffer.asSlice(0, info.read(buffer)).toArray(ValueLayout.JAVA_BYTE);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  private static Fd open(Arena arena, String path) throws KernelException {
    return Fd.owning(
        Syscall.call(
            OPENAT,
            Uapi.AT_FDCWD(),
            arena.allocateFrom(path).address(),
            Uapi.O_RDONLY() | Uapi.O_CLOEXEC()),
        "openat",
        "open " + path);
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
