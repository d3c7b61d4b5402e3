package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * How {@code clone3(2)} makes a process: an immutable value that becomes a step.
 *
 * <p>The step's result is the process id where it was made and 0 in the new process; both go on
 * with the steps that follow. Threads, and what needs a stack of its own, are left out.
 *
 * <pre>
 * struct clone_args (linux/sched.h), 64 bits each, as Linux 5.7 has it
 *  0       8       16          24           32            40      48           56    64        72             80       88
 *  +-------+-------+-----------+------------+-------------+-------+------------+-----+---------+--------------+--------+
 *  | flags | pidfd | child_tid | parent_tid | exit_signal | stack | stack_size | tls | set_tid | set_tid_size | cgroup |
 *  +-------+-------+-----------+------------+-------------+-------+------------+-----+---------+--------------+--------+
 * </pre>
 */
public final class CloneArguments {
  static final int SIZE = 88;
  static final int FLAGS = 0;
  static final int PIDFD = 8;
  static final int EXIT_SIGNAL = 32;
  static final int CGROUP = 80;

  private static final int LAST_SIGNAL = 64;

  private final Set<CloneFlag> flags;
  private final Set<Namespace> namespaces;
  private final int exitSignal;
  private final Optional<Memory> pidfd;
  private final Optional<Slot> cgroup;

  private CloneArguments(Builder builder) {
    flags = Collections.unmodifiableSet(EnumSet.copyOf(builder.flags));
    namespaces = Collections.unmodifiableSet(EnumSet.copyOf(builder.namespaces));
    exitSignal = builder.exitSignal;
    pidfd = builder.pidfd;
    cgroup = builder.cgroup;
    if (flags.contains(CloneFlag.VM) && !flags.contains(CloneFlag.VFORK)) {
      throw new IllegalArgumentException(
          "a process that shares the memory needs VFORK, or both would use one stack at a time");
    }
    if (flags.contains(CloneFlag.PARENT) && exitSignal != 0) {
      throw new IllegalArgumentException("the signal of a sibling's end is that of its maker");
    }
    if (flags.contains(CloneFlag.FS)
        && (namespaces.contains(Namespace.MOUNT) || namespaces.contains(Namespace.USER))) {
      throw new IllegalArgumentException("FS contradicts a new mount or user namespace");
    }
    if (flags.contains(CloneFlag.VM) && namespaces.contains(Namespace.TIME)) {
      throw new IllegalArgumentException("VM contradicts a new time namespace");
    }
  }

  /** {@return a builder of a process that shares nothing, and whose end is told by SIGCHLD} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return what is shared} */
  public Set<CloneFlag> flags() {
    return flags;
  }

  /** {@return the namespaces that are new} */
  public Set<Namespace> namespaces() {
    return namespaces;
  }

  /**
   * {@return the step}
   *
   * @param purpose what the process is for, in words that follow "cannot"
   */
  public Step step(String purpose) {
    long bits = NamespaceSteps.flags(namespaces);
    var names = new StringBuilder();
    for (CloneFlag flag : flags) {
      bits |= flag.flag();
      append(names, flag.flagName());
    }
    for (Namespace namespace : namespaces) {
      append(names, namespace.flagName());
    }
    Memory.Builder arguments = Memory.ofSize(SIZE).int64(EXIT_SIGNAL, exitSignal);
    if (pidfd.isPresent()) {
      bits |= Uapi.CLONE_PIDFD();
      append(names, "CLONE_PIDFD");
      arguments.pointer(PIDFD, pidfd.get());
    }
    if (cgroup.isPresent()) {
      bits |= Uapi.CLONE_INTO_CGROUP();
      append(names, "CLONE_INTO_CGROUP");
      arguments.descriptor(CGROUP, cgroup.get());
    }
    String display =
        "{flags="
            + (names.isEmpty() ? "0" : names)
            + (pidfd.isPresent() ? ", pidfd=" + pidfd.get().display() : "")
            + ", exit_signal="
            + exitSignal
            + (cgroup.isPresent() ? ", cgroup=" + cgroup.get() : "")
            + "}";
    return Step.of("clone3", purpose, arguments.int64(FLAGS, bits).build(display), Arg.of(SIZE));
  }

  private static void append(StringBuilder names, String name) {
    names.append(names.isEmpty() ? "" : "|").append(name);
  }

  /** Collects arguments. */
  public static final class Builder {
    private final EnumSet<CloneFlag> flags = EnumSet.noneOf(CloneFlag.class);
    private final EnumSet<Namespace> namespaces = EnumSet.noneOf(Namespace.class);
    private int exitSignal = Uapi.SIGCHLD();
    private Optional<Memory> pidfd = Optional.empty();
    private Optional<Slot> cgroup = Optional.empty();

    private Builder() {}

    /** Adds what is shared. */
    public Builder share(CloneFlag... more) {
      Collections.addAll(flags, more);
      return this;
    }

    /** Adds new namespaces. */
    public Builder add(Namespace... more) {
      Collections.addAll(namespaces, more);
      return this;
    }

    /**
     * Sets the signal that tells of its end, 0 for none; SIGCHLD if not set.
     *
     * @throws IllegalArgumentException if there is no such signal
     */
    public Builder exitSignal(int signal) {
      if (signal < 0 || signal > LAST_SIGNAL) {
        throw new IllegalArgumentException("not a signal: " + signal);
      }
      exitSignal = signal;
      return this;
    }

    /**
     * Opens a descriptor of the process, whose number is written to memory. It is closed on exec.
     *
     * @param number 32 bits
     * @throws IllegalArgumentException if the memory is shorter than a descriptor's number
     */
    public Builder pidfd(Memory number) {
      if (number.size() < Integer.BYTES) {
        throw new IllegalArgumentException("a descriptor's number has 32 bits");
      }
      pidfd = Optional.of(number);
      return this;
    }

    /** Makes it in a control group of version 2 (Linux 5.7). */
    public Builder cgroup(Slot directory) {
      cgroup = Optional.of(directory);
      return this;
    }

    /**
     * {@return the arguments}
     *
     * @throws IllegalArgumentException if they contradict each other
     */
    public CloneArguments build() {
      return new CloneArguments(this);
    }
  }
}
