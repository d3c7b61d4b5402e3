package io.github.cofferdam.policy;

import io.github.cofferdam.rlimit.Resource;
import java.util.Locale;

/**
 * What can be limited for all processes of a run together. A {@link Resource} is a limit for each
 * process by itself, or for all that the user runs.
 */
public enum TreeLimit {
  /**
   * Memory in bytes, page cache included and swap space not given. Where it is used up, the kernel
   * ends a process of the run.
   */
  MEMORY("memory_limit_bytes", Resource.Unit.BYTES),
  /** Threads and processes. What is above fails to start. */
  TASKS("max_threads", Resource.Unit.COUNT),
  /** CPU time as a share of one CPU, so that 150 is one and a half. What is above waits. */
  CPU_PERCENT("cpu_percent_limit", Resource.Unit.COUNT),
  /** Bytes that may be kept in the private file system of the run. */
  DISK("disk_quota_bytes", Resource.Unit.BYTES),
  /** Bytes a second that are read from each disk. What is above waits. */
  IO_READ("", Resource.Unit.BYTES),
  /** Bytes a second that are written to each disk. What is above waits. */
  IO_WRITE("", Resource.Unit.BYTES),
  /** TCP connections that the run has made and not closed. What is above is refused. */
  CONNECTIONS("", Resource.Unit.COUNT),
  /** Bytes a second that go out over each TCP connection. What is above waits. */
  BANDWIDTH("", Resource.Unit.BYTES);

  private final String alias;
  private final Resource.Unit unit;

  TreeLimit(String alias, Resource.Unit unit) {
    this.alias = alias;
    this.unit = unit;
  }

  /** {@return the name in policies and on the command line, such as {@code cpu_percent}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return what the limit counts} */
  public Resource.Unit unit() {
    return unit;
  }

  /** {@return whether it is so much a second, which may be written behind it} */
  boolean isRate() {
    return switch (this) {
      case IO_READ, IO_WRITE, BANDWIDTH -> true;
      case MEMORY, TASKS, CPU_PERCENT, DISK, CONNECTIONS -> false;
    };
  }

  /** {@return whether it is about sockets, of which a broker is asked} */
  public boolean ofNetwork() {
    return this == CONNECTIONS || this == BANDWIDTH;
  }

  /** {@return what it limits, in one sentence} */
  String help() {
    return switch (this) {
      case MEMORY -> "Of all processes together: memory in bytes, page cache included; no swap.";
      case TASKS -> "Of all processes together: threads and processes.";
      case CPU_PERCENT -> "Of all processes together: share of one CPU; 150 is one and a half.";
      case DISK -> "Of all processes together: bytes that may be stored.";
      case IO_READ -> "Of all processes together: bytes a second that are read from each disk.";
      case IO_WRITE -> "Of all processes together: bytes a second that are written to each disk.";
      case CONNECTIONS -> "Of all processes together: TCP connections that they have made.";
      case BANDWIDTH -> "Bytes a second that go out over each TCP connection.";
    };
  }

  /** {@return the name that policies of the same kind use; empty when there is none} */
  String alias() {
    return alias;
  }
}
