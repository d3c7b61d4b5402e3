package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Which signals this process ignores, as the kernel says in {@code /proc/self/status}: proc(5).
 * Asking it about each of them, or setting them all in each child, takes three times as long.
 */
final class IgnoredSignals {
  private static final int OPENAT = Syscall.number("openat");
  private static final int PREAD64 = Syscall.number("pread64");

  /** All that can be ignored; bit 0 is signal 1. */
  private static final long ALL = ~(1L << (Uapi.SIGKILL() - 1)) & ~(1L << (Uapi.SIGSTOP() - 1));

  /** More than the kernel writes there, but for a list of very many groups. */
  private static final int SIZE = 4096;

  /** Stays open: half of the time goes into finding it. */
  private static final class Status {
    static final @Nullable Fd FILE = open();

    private Status() {}

    private static @Nullable Fd open() {
      try (Arena arena = Arena.ofConfined()) {
        long result =
            Syscall.call(
                OPENAT,
                Uapi.AT_FDCWD(),
                arena.allocateFrom("/proc/self/status").address(),
                Uapi.O_RDONLY() | Uapi.O_CLOEXEC());
        return Syscall.isError(result) ? null : Fd.owning((int) result);
      }
    }
  }

  private IgnoredSignals() {}

  /** {@return those that are ignored now}, bit 0 for signal 1; where nobody knows, all */
  static long mask() {
    Fd file = Status.FILE;
    if (file == null || !file.acquire()) {
      return ALL;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SIZE);
      long result = Syscall.call(PREAD64, file.number(), buffer.address(), SIZE, 0);
      if (Syscall.isError(result)) {
        return ALL;
      }
      byte[] bytes = buffer.asSlice(0, result).toArray(ValueLayout.JAVA_BYTE);
      return parse(new String(bytes, StandardCharsets.ISO_8859_1));
    } finally {
      file.release();
    }
  }

  /**
   * {@return what the text says} When the first thread of this process has ended, that tells of no
   * threads, and of no signals.
   */
  static long parse(String status) {
    String key = "\nSigIgn:\t";
    int start = status.indexOf(key) + key.length();
    int end = status.indexOf('\n', start);
    if (start < key.length() || end < 0 || status.contains("\nThreads:\t0\n")) {
      return ALL;
    }
    try {
      return Long.parseUnsignedLong(status, start, end, 16) & ALL;
    } catch (NumberFormatException e) {
      return ALL;
    }
  }
}
