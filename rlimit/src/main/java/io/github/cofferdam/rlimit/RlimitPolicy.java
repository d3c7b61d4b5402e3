package io.github.cofferdam.rlimit;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.rlimit64;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The limits that a process gives itself before it runs a command: an immutable value.
 *
 * {@snippet :
 * var limits =
 *     RlimitPolicy.builder()
 *         .limit(Resource.OPEN_FILES, Limit.of(256))
 *         .limit(Resource.CPU_TIME, new Limit(10, 12))
 *         .build();
 * limits.checkHere();
 * SetupProgram program = limits.program();
 * }
 *
 * <p>Limits hold for each process by itself, so that a tree of processes has as many times as much.
 * Those that {@link #countedPerUser} names are counted over all that the user runs, anywhere on the
 * machine: they may be used up before the command begins, and root may exceed some of them.
 */
public final class RlimitPolicy {
  private final Map<Resource, Limit> limits;

  private RlimitPolicy(Map<Resource, Limit> limits) {
    var copy = new EnumMap<Resource, Limit>(Resource.class);
    copy.putAll(limits);
    this.limits = Collections.unmodifiableMap(copy);
  }

  /** {@return a policy of some limits} */
  public static RlimitPolicy of(Map<Resource, Limit> limits) {
    return new RlimitPolicy(limits);
  }

  /** {@return a builder of a policy without limits} */
  public static Builder builder() {
    return new Builder(Map.of());
  }

  /** {@return a builder that begins with this policy} */
  public Builder toBuilder() {
    return new Builder(limits);
  }

  /** {@return the limits, in the order of {@link Resource}} */
  public Map<Resource, Limit> limits() {
    return limits;
  }

  /**
   * {@return those of the limited resources that the kernel counts per user, not only per process}:
   * whatever else the same user runs counts too, see {@link Resource#countedPerUser}.
   */
  public Set<Resource> countedPerUser() {
    var perUser = EnumSet.noneOf(Resource.class);
    for (Resource resource : limits.keySet()) {
      if (resource.countedPerUser()) {
        perUser.add(resource);
      }
    }
    return Collections.unmodifiableSet(perUser);
  }

  /**
   * {@return the system calls that set the limits}, one for each: {@code prlimit64(0, ...)} by the
   * process that runs them. They fail with EPERM above the hard limit; {@link #check} tells before
   * anything is started.
   *
   * <p>Steps that come later are bound by the limits already: a program that still has to open
   * descriptors needs {@link Resource#OPEN_FILES} above their numbers.
   */
  public SetupProgram program() {
    var steps = new ArrayList<Step>(limits.size());
    limits.forEach((resource, limit) -> steps.add(step(resource, limit)));
    return new SetupProgram(steps);
  }

  /**
   * {@return what a program leaves a limit of the process at that runs it}, if it sets it: the last
   * step that does so counts.
   *
   * @param program of any steps, such as those of {@link #program}
   */
  public static Optional<Limit> leftBy(SetupProgram program, Resource resource) {
    for (Step step : program.steps().reversed()) {
      if (step.syscall().equals("prlimit64")
          && step.args().get(0) instanceof Arg.Value(long process, String _)
          && process == 0
          && step.args().get(1) instanceof Arg.Value(long number, String _)
          && number == resource.number()
          && step.args().get(2) instanceof Memory memory) {
        ByteBuffer bytes = ByteBuffer.wrap(memory.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        return Optional.of(
            new Limit(
                bytes.getLong((int) rlimit64.rlim_cur$offset()),
                bytes.getLong((int) rlimit64.rlim_max$offset())));
      }
    }
    return Optional.empty();
  }

  /**
   * Tells whether a process with some hard limits could set these.
   *
   * @param current the limits of that process, such as {@link Rlimits#all}; a resource that is
   *     missing there is not checked
   * @param privileged whether it may raise hard limits, see {@link Rlimits#mayRaiseHardLimits}; a
   *     process that has entered a user namespace of its own may not
   * @throws LimitException EPERM for the first limit above the hard limit
   */
  public void check(Map<Resource, Limit> current, boolean privileged) throws LimitException {
    if (privileged) {
      return;
    }
    for (var entry : limits.entrySet()) {
      Limit now = current.get(entry.getKey());
      if (now != null && Long.compareUnsigned(entry.getValue().hard(), now.hard()) > 0) {
        throw LimitRefusals.hardLimit(entry.getKey(), entry.getValue(), now, "");
      }
    }
  }

  /**
   * Tells whether a child of this process could set these limits, if it has the privileges of the
   * calling thread.
   *
   * @throws LimitException EPERM for the first limit above the hard limit
   * @throws IOException if {@code /proc} cannot be read
   */
  public void checkHere() throws IOException {
    check(Rlimits.all(), Rlimits.mayRaiseHardLimits());
  }

  private static Step step(Resource resource, Limit limit) {
    // struct rlimit64: | rlim_cur 64 | rlim_max 64 |
    Memory memory =
        Memory.ofSize(rlimit64.sizeof())
            .int64(rlimit64.rlim_cur$offset(), limit.soft())
            .int64(rlimit64.rlim_max$offset(), limit.hard())
            .build("{rlim_cur=" + show(limit.soft()) + ", rlim_max=" + show(limit.hard()) + "}");
    return Step.of(
        "prlimit64",
        "set "
            + resource.key()
            + " to "
            + limit
            + " (raising the hard limit needs CAP_SYS_RESOURCE in the initial user namespace)",
        Arg.of(0),
        Arg.of(resource.number(), resource.constant()),
        memory,
        Arg.of(0, "NULL"));
  }

  private static String show(long value) {
    return value == Uapi.RLIM_INFINITY() ? "RLIM64_INFINITY" : Long.toUnsignedString(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RlimitPolicy policy && limits.equals(policy.limits);
  }

  @Override
  public int hashCode() {
    return Objects.hash(limits);
  }

  @Override
  public String toString() {
    return limits.toString();
  }

  /** Collects limits. */
  public static final class Builder {
    private final Map<Resource, Limit> limits = new EnumMap<>(Resource.class);

    private Builder(Map<Resource, Limit> limits) {
      this.limits.putAll(limits);
    }

    /** Sets a limit, in the resource's unit, in place of an earlier one. */
    public Builder limit(Resource resource, Limit limit) {
      limits.put(resource, limit);
      return this;
    }

    /** {@return the policy} */
    public RlimitPolicy build() {
      return new RlimitPolicy(limits);
    }
  }
}
