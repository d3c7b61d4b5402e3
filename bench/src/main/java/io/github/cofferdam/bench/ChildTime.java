package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Processor time of processes that were waited for; see getrusage(2). */
final class ChildTime {
  private static final int GETRUSAGE = Syscall.number("getrusage");
  private static final int RUSAGE_CHILDREN = -1;

  private ChildTime() {}

  /**
   * {@return user and system time of all children that have ended, and of theirs, in nanoseconds}
   */
  static long nanos() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      // struct rusage: | utime: s 64, us 64 | stime: s 64, us 64 | ... |, 144 bytes
      MemorySegment usage = arena.allocate(144, 8);
      Syscall.check(
          Syscall.call(GETRUSAGE, RUSAGE_CHILDREN, usage.address()), "getrusage", "read usage");
      long seconds = usage.get(ValueLayout.JAVA_LONG, 0) + usage.get(ValueLayout.JAVA_LONG, 16);
      long micros = usage.get(ValueLayout.JAVA_LONG, 8) + usage.get(ValueLayout.JAVA_LONG, 24);
      return seconds * 1_000_000_000 + micros * 1_000;
    }
  }
}
