package io.github.cofferdam.cgroup;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * What a group has counted. The group's processes cannot change it, unless they may write to its
 * files.
 *
 * @param peakMemory the most memory that all processes had together, in bytes; empty if memory is
 *     not limited, or before Linux 5.19 with version 2
 * @param memoryLimitReached whether the group's own limit on memory was ever in the way
 * @param memoryKills how many processes the kernel has ended for want of memory, for whatever limit
 * @param refusedTasks how many threads and processes could not be started
 * @param throttledPeriods periods in which somebody had to wait for CPU time
 * @param throttledTime how long the waits were, summed over the CPUs
 */
public record CgroupReading(
    OptionalLong peakMemory,
    boolean memoryLimitReached,
    long memoryKills,
    long refusedTasks,
    long throttledPeriods,
    Duration throttledTime) {

  /** What is known where there is no group. */
  public static final CgroupReading NONE =
      new CgroupReading(OptionalLong.empty(), false, 0, 0, 0, Duration.ZERO);

  /** {@return whether the kernel has ended a process because the group's memory was used up} */
  public boolean memoryExhausted() {
    return memoryLimitReached && memoryKills > 0;
  }
}
