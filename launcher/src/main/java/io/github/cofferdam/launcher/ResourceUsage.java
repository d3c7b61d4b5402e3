package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.rusage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * What a process tree used, as {@code getrusage(2)} counts it: everything that was waited for.
 *
 * @param userTime time in user mode
 * @param systemTime time in the kernel
 * @param maxResidentBytes the largest resident set of any one process; 0 if that is not known: of a
 *     command without supervision, unless it took more than this virtual machine ever did
 * @param minorFaults page faults served without input
 * @param majorFaults page faults that had to wait for input
 * @param blocksRead blocks of 512 bytes read from devices
 * @param blocksWritten blocks of 512 bytes written to devices
 */
public record ResourceUsage(
    Duration userTime,
    Duration systemTime,
    long maxResidentBytes,
    long minorFaults,
    long majorFaults,
    long blocksRead,
    long blocksWritten) {
  private static final int GETRUSAGE = Syscall.number("getrusage");

  /** Of what nobody knows. */
  static final ResourceUsage NONE = new ResourceUsage(Duration.ZERO, Duration.ZERO, 0, 0, 0, 0, 0);

  static ResourceUsage of(MemorySegment usage) {
    return new ResourceUsage(
        time(rusage.ru_utime(usage)),
        time(rusage.ru_stime(usage)),
        rusage.ru_maxrss(usage) * 1024,
        rusage.ru_minflt(usage),
        rusage.ru_majflt(usage),
        rusage.ru_inblock(usage),
        rusage.ru_oublock(usage));
  }

  /**
   * Of a process that this one has started itself. Until it executed something it had this virtual
   * machine's memory, and the kernel counts that as its own for good (exec_mmap of fs/exec.c).
   */
  static ResourceUsage ofChild(MemorySegment usage) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = arena.allocate(rusage.layout());
      long result = Syscall.call(GETRUSAGE, Uapi.RUSAGE_SELF(), own.address());
      if (Syscall.isError(result) || rusage.ru_maxrss(usage) <= rusage.ru_maxrss(own)) {
        rusage.ru_maxrss(usage, 0);
      }
      return of(usage);
    }
  }

  private static Duration time(MemorySegment timeval) {
    var longs = ValueLayout.JAVA_LONG;
    return Duration.ofSeconds(timeval.get(longs, 0), timeval.get(longs, 8) * 1000);
  }
}
