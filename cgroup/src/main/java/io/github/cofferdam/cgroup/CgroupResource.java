package io.github.cofferdam.cgroup;

import java.util.Locale;

/** What a control group can limit for all of its processes together. */
public enum CgroupResource {
  /** Memory, page cache and kernel memory included, in bytes. */
  MEMORY("memory", "memory"),
  /** Swap space, in bytes. */
  SWAP("memory", "memory"),
  /** Threads and processes. */
  TASKS("pids", "pids"),
  /** CPU time, as a share of one CPU in percent. */
  CPU("cpu", "cpu"),
  /** Bytes a second to and from block devices; version 2 only. */
  IO("io", "");

  private final String second;
  private final String first;

  CgroupResource(String second, String first) {
    this.second = second;
    this.first = first;
  }

  /** The controller of version 2. */
  String second() {
    return second;
  }

  /** The controller of version 1; empty if it has none that does this. */
  String first() {
    return first;
  }

  /** {@return the name in messages, such as {@code tasks}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
