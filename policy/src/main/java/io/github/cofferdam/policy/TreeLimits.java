package io.github.cofferdam.policy;

import io.github.cofferdam.rlimit.Limit;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The limits that all processes of a run have together.
 *
 * @param values those that are limited, in the order of the enum; copied
 */
public record TreeLimits(Map<TreeLimit, Long> values) {
  /** No limits. */
  public static final TreeLimits NONE = new TreeLimits(Map.of());

  /** A share of a CPU that no machine has. */
  private static final long MOST_PERCENT = 10_000_000;

  /**
   * Copies.
   *
   * @throws IllegalArgumentException when a value is below 1, or a share of a CPU above what any
   *     machine has
   */
  public TreeLimits {
    EnumMap<TreeLimit, Long> copy = new EnumMap<>(TreeLimit.class);
    copy.putAll(values);
    for (Map.Entry<TreeLimit, Long> entry : copy.entrySet()) {
      check(entry.getKey(), entry.getValue());
    }
    values = Collections.unmodifiableMap(copy);
  }

  /** Refuses what no kernel takes. */
  static void check(TreeLimit limit, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("expected at least 1, found " + value);
    }
    if (limit == TreeLimit.CPU_PERCENT && value > MOST_PERCENT) {
      throw new IllegalArgumentException("expected at most " + MOST_PERCENT + ", found " + value);
    }
  }

  /** {@return a limit, in its unit} */
  public OptionalLong of(TreeLimit limit) {
    Long value = values.get(limit);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /**
   * {@return these limits with another value for one}
   *
   * @param limit the limit
   * @param value in its unit, at least 1; {@link Limit#UNLIMITED} takes the limit away
   * @throws IllegalArgumentException when the value is out of range
   */
  public TreeLimits with(TreeLimit limit, long value) {
    EnumMap<TreeLimit, Long> all = new EnumMap<>(TreeLimit.class);
    all.putAll(values);
    if (value == Limit.UNLIMITED) {
      all.remove(limit);
    } else {
      all.put(limit, value);
    }
    return new TreeLimits(all);
  }

  /** {@return those of these that are about sockets} */
  public TreeLimits ofNetwork() {
    EnumMap<TreeLimit, Long> some = new EnumMap<>(TreeLimit.class);
    some.putAll(values);
    some.keySet().removeIf(limit -> !limit.ofNetwork());
    return new TreeLimits(some);
  }

  /** {@return whether nothing is limited} */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  /** {@return bytes of memory} */
  public OptionalLong memory() {
    return of(TreeLimit.MEMORY);
  }

  /** {@return number of threads and processes} */
  public OptionalLong tasks() {
    return of(TreeLimit.TASKS);
  }

  /** {@return share of one CPU in percent} */
  public OptionalLong cpuPercent() {
    return of(TreeLimit.CPU_PERCENT);
  }

  /** {@return number of TCP connections that are made and not closed} */
  public OptionalLong connections() {
    return of(TreeLimit.CONNECTIONS);
  }

  /** {@return bytes a second that go out over each TCP connection} */
  public OptionalLong bandwidth() {
    return of(TreeLimit.BANDWIDTH);
  }

  /** {@return bytes in the private file system} */
  public OptionalLong disk() {
    return of(TreeLimit.DISK);
  }
}
