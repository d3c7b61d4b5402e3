package io.github.cofferdam.cgroup;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
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
  private final OptionalLong memory;
  private final OptionalLong swap;
  private final OptionalLong tasks;
  private final OptionalInt cpuPercent;
  private final List<IoLimit> io;

  private CgroupLimits(Builder builder) {
    memory = builder.memory;
    swap = builder.swap;
    tasks = builder.tasks;
    cpuPercent = builder.cpuPercent;
    io = List.copyOf(builder.io);
  }

  /** {@return a builder of limits without any} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return bytes of memory} */
  public OptionalLong memory() {
    return memory;
  }

  /** {@return bytes of swap space beside the memory} */
  public OptionalLong swap() {
    return swap;
  }

  /** {@return number of threads and processes} */
  public OptionalLong tasks() {
    return tasks;
  }

  /** {@return share of one CPU in percent; above 100 where there are several} */
  public OptionalInt cpuPercent() {
    return cpuPercent;
  }

  /** {@return rates of block devices} */
  public List<IoLimit> io() {
    return io;
  }

  /** {@return what is limited} */
  public Set<CgroupResource> resources() {
    var resources = EnumSet.noneOf(CgroupResource.class);
    if (memory.isPresent()) {
      resources.add(CgroupResource.MEMORY);
    }
    if (swap.isPresent()) {
      resources.add(CgroupResource.SWAP);
    }
    if (tasks.isPresent()) {
      resources.add(CgroupResource.TASKS);
    }
    if (cpuPercent.isPresent()) {
      resources.add(CgroupResource.CPU);
    }
    if (!io.isEmpty()) {
      resources.add(CgroupResource.IO);
    }
    return resources;
  }

  private List<Object> fields() {
    return List.of(memory, swap, tasks, cpuPercent, io);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CgroupLimits limits && fields().equals(limits.fields());
  }

  @Override
  public int hashCode() {
    return Objects.hash(fields());
  }

  @Override
  public String toString() {
    return "memory="
        + memory
        + ", swap="
        + swap
        + ", tasks="
        + tasks
        + ", cpuPercent="
        + cpuPercent
        + ", io="
        + io;
  }

  /** Collects limits. */
  public static final class Builder {
    private OptionalLong memory = OptionalLong.empty();
    private OptionalLong swap = OptionalLong.empty();
    private OptionalLong tasks = OptionalLong.empty();
    private OptionalInt cpuPercent = OptionalInt.empty();
    private final List<IoLimit> io = new ArrayList<>();

    private Builder() {}

    /**
     * Limits the memory of all processes together. Where it is used up and nothing can be taken
     * back, the kernel ends a process of the group.
     *
     * @param bytes at least 1; the kernel rounds to pages
     */
    public Builder memory(long bytes) {
      memory = OptionalLong.of(atLeast(1, bytes));
      return this;
    }

    /**
     * Limits the swap space of all processes together. Version 1 limits memory and swap in one sum,
     * so that it takes a limit on memory as well.
     *
     * @param bytes 0 for none
     */
    public Builder swap(long bytes) {
      swap = OptionalLong.of(atLeast(0, bytes));
      return this;
    }

    /**
     * Limits the number of threads and processes. What is above fails to start, with EAGAIN.
     *
     * @param count at least 1
     */
    public Builder tasks(long count) {
      tasks = OptionalLong.of(atLeast(1, count));
      return this;
    }

    /**
     * Limits the CPU time, in periods of a tenth of a second: what is above has to wait.
     *
     * @param percent of one CPU, at least 1
     */
    public Builder cpuPercent(int percent) {
      cpuPercent = OptionalInt.of((int) atLeast(1, percent));
      return this;
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

    private static long atLeast(long least, long value) {
      if (value < least) {
        throw new IllegalArgumentException(value + " is below " + least);
      }
      return value;
    }
  }
}
