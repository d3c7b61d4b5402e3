package io.github.cofferdam.cgroup;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The limits that all processes of a group have together: an immutable value.
 *
 * {@snippet :
 * var limits = CgroupLimits.builder().memory(512 << 20).swap(0).tasks(64).cpuPercent(150).build();
 * }
 *
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">Control Group v2</a>
 */
public final class CgroupLimits {
  /** Of all resources but {@link CgroupResource#IO}. */
  private final Map<CgroupResource, Long> values;

  private final List<IoLimit> io;

  private CgroupLimits(Builder builder) {
    var copy = new EnumMap<CgroupResource, Long>(CgroupResource.class);
    copy.putAll(builder.values);
    values = Collections.unmodifiableMap(copy);
    io = List.copyOf(builder.io);
  }

  /** {@return a builder of limits without any} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return a limit, in the resource's unit}; empty for {@link CgroupResource#IO}, see {@link
   * #io}.
   */
  public OptionalLong of(CgroupResource resource) {
    Long value = values.get(resource);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** {@return rates of block devices} */
  public List<IoLimit> io() {
    return io;
  }

  /**
   * {@return a limit as version 1 counts}, where swap space is limited only together with memory.
   */
  OptionalLong ofV1(CgroupResource resource) {
    OptionalLong limit = of(resource);
    OptionalLong memory = of(CgroupResource.MEMORY);
    if (resource != CgroupResource.SWAP || limit.isEmpty()) {
      return limit;
    }
    return memory.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(sum(memory.getAsLong(), limit.getAsLong()));
  }

  private static long sum(long memory, long swap) {
    return swap > Long.MAX_VALUE - memory ? Long.MAX_VALUE : memory + swap;
  }

  /** {@return what is limited} */
  public Set<CgroupResource> resources() {
    var resources = EnumSet.noneOf(CgroupResource.class);
    resources.addAll(values.keySet());
    if (!io.isEmpty()) {
      resources.add(CgroupResource.IO);
    }
    return resources;
  }

  @Override
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public boolean equals(@Nullable Object other) {
    return other instanceof CgroupLimits limits
        && values.equals(limits.values)
        && io.equals(limits.io);
  }

  @Override
  public int hashCode() {
    return Objects.hash(values, io);
  }

  @Override
  public String toString() {
    return values + ", io=" + io;
  }

  /** Collects limits. */
  public static final class Builder {
    private final Map<CgroupResource, Long> values = new EnumMap<>(CgroupResource.class);
    private final List<IoLimit> io = new ArrayList<>();

    private Builder() {}

    /**
     * Sets a limit, in place of an earlier one.
     *
     * @param value in the resource's unit, see {@link CgroupResource}
     * @throws IllegalArgumentException if it is below what can be asked for, or if the resource is
     *     {@link CgroupResource#IO}, which {@link #io} limits
     */
    public Builder limit(CgroupResource resource, long value) {
      if (resource == CgroupResource.IO) {
        throw new IllegalArgumentException("io is limited for each device");
      }
      if (value < resource.least()) {
        throw new IllegalArgumentException(value + " is below " + resource.least());
      }
      values.put(resource, value);
      return this;
    }

    /**
     * Limits the memory of all processes together. Where it is used up and nothing can be taken
     * back, the kernel ends a process of the group.
     *
     * @param bytes at least 1; the kernel rounds to pages
     * @throws IllegalArgumentException if it is less
     */
    public Builder memory(long bytes) {
      return limit(CgroupResource.MEMORY, bytes);
    }

    /**
     * Limits the swap space of all processes together. Version 1 limits memory and swap in one sum,
     * so that it takes a limit on memory as well.
     *
     * @param bytes 0 for none
     * @throws IllegalArgumentException if it is less
     */
    public Builder swap(long bytes) {
      return limit(CgroupResource.SWAP, bytes);
    }

    /**
     * Limits the number of threads and processes. What is above fails to start, with EAGAIN.
     *
     * @param count at least 1
     * @throws IllegalArgumentException if it is less
     */
    public Builder tasks(long count) {
      return limit(CgroupResource.TASKS, count);
    }

    /**
     * Limits the CPU time, in periods of a tenth of a second: what is above has to wait.
     *
     * @param percent of one CPU, at least 1
     * @throws IllegalArgumentException if it is less
     */
    public Builder cpuPercent(int percent) {
      return limit(CgroupResource.CPU_PERCENT, percent);
    }

    /** Limits how fast a block device may be used. */
    public Builder io(IoLimit limit) {
      io.add(limit);
      return this;
    }

    /** {@return the limits} */
    public CgroupLimits build() {
      return new CgroupLimits(this);
    }
  }
}
