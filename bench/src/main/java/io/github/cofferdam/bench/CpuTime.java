package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Processor time of this process, its just-in-time compiler included, and of all processes that it
 * or they have waited for.
 *
 * <pre>
 * struct rusage:  0            16           32      144
 *                 +------------+------------+--------+
 *                 | user       | system     | ...    |   a timeval: seconds, microseconds
 *                 +------------+------------+--------+
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getrusage.2.html">getrusage(2)</a>
 */
final class CpuTime {
  private static final int GETRUSAGE = Syscall.number("getrusage");
  private static final int SELF = 0;
  private static final int CHILDREN = -1;
  private static final int SIZE = 144;

  private CpuTime() {}

  /**
   * {@return the time used so far, user and system, in nanoseconds; the kernel counts microseconds}
   */
  static double nanos() {
    return nanos(SELF) + ofChildren();
  }

  /** {@return as {@link #nanos}, without this process's own} */
  static double ofChildren() {
    return nanos(CHILDREN);
  }

  private static double nanos(int whose) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment usage = arena.allocate(SIZE, 8);
      long result = Syscall.call(GETRUSAGE, whose, usage.address());
      if (Syscall.isError(result)) {
        throw new IllegalStateException("getrusage failed with " + result);
      }
      double seconds = usage.get(ValueLayout.JAVA_LONG, 0) + usage.get(ValueLayout.JAVA_LONG, 16);
      double micros = usage.get(ValueLayout.JAVA_LONG, 8) + usage.get(ValueLayout.JAVA_LONG, 24);
      return seconds * 1e9 + micros * 1e3;
    }
  }
}
