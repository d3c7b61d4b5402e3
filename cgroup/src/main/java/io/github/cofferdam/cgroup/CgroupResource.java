package io.github.cofferdam.cgroup;

import io.github.cofferdam.cgroup.LimitFile.Form;
import java.util.Locale;
import java.util.Optional;

/**
 * What a control group can limit for all of its processes together.
 *
 * <p>A constant says all that is particular about a limit: its range, the file that sets it in each
 * version, and how it is written there.
 */
public enum CgroupResource {
  /** Memory, page cache and kernel memory included, in bytes. */
  MEMORY(
      1,
      Long.MAX_VALUE,
      new LimitFile("memory", "memory.max", Form.NUMBER),
      new LimitFile("memory", "memory.limit_in_bytes", Form.NUMBER)),
  /** Swap space, in bytes. Version 1 limits the sum of it and of the memory. */
  SWAP(
      0,
      Long.MAX_VALUE,
      new LimitFile("memory", "memory.swap.max", Form.NUMBER),
      new LimitFile("memory", "memory.memsw.limit_in_bytes", Form.NUMBER)),
  /**
   * Threads and processes. PID_MAX_LIMIT of 64-bit machines (linux/threads.h) is 4 Mi: no machine
   * has more, and more is EINVAL.
   */
  TASKS(
      1,
      4 << 20,
      new LimitFile("pids", "pids.max", Form.NUMBER),
      new LimitFile("pids", "pids.max", Form.NUMBER)),
  /** CPU time, as a share of one CPU in percent. */
  CPU_PERCENT(
      1,
      Long.MAX_VALUE,
      new LimitFile("cpu", "cpu.max", Form.SHARE),
      new LimitFile("cpu", "cpu.cfs_quota_us", Form.QUOTA)),
  /** Bytes a second to and from block devices; version 2 only. */
  IO(1, Long.MAX_VALUE, new LimitFile("io", "io.max", Form.RATES), LimitFile.NONE);

  private final long least;
  private final long most;

  @SuppressWarnings("ImmutableEnumChecker") // A record of texts.
  private final LimitFile v2;

  @SuppressWarnings("ImmutableEnumChecker") // A record of texts.
  private final LimitFile v1;

  CgroupResource(long least, long most, LimitFile v2, LimitFile v1) {
    this.least = least;
    this.most = most;
    this.v2 = v2;
    this.v1 = v1;
  }

  /** The lowest limit that can be asked for. */
  long least() {
    return least;
  }

  /** The highest limit that the kernel takes; more is no limit. */
  long most() {
    return most;
  }

  LimitFile v2() {
    return v2;
  }

  LimitFile v1() {
    return v1;
  }

  /** {@return the name in messages, such as {@code tasks}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return the resource of a name, such as {@code tasks}; empty if there is none} */
  public static Optional<CgroupResource> of(String key) {
    for (CgroupResource resource : values()) {
      if (resource.key().equals(key)) {
        return Optional.of(resource);
      }
    }
    return Optional.empty();
  }
}
