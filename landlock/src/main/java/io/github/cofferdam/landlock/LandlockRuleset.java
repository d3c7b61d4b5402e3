package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset as a descriptor: made once and entered as often as wanted, by this process, by children
 * or by another one that was given the descriptor. Its rules hold on to the files that were at
 * their paths when it was made: what is put in their places later is not granted.
 *
 * <p>For many children under one policy, the rules are made once: a rule costs each start that adds
 * it by itself four system calls.
 *
 * {@snippet :
 * try (LandlockRuleset ruleset = LandlockRuleset.of(policy.on(Abi.current()))) {
 *   LaunchPlan.Builder builder =
 *       LaunchPlan.of("/usr/bin/id", List.of("id"))
 *           .commandSteps(NoNewPrivileges.program().then(ruleset.program()));
 *   ruleset.passTo(builder);
 *   LaunchPlan plan = builder.build(); // to be started as often as wanted
 * }
 * }
 */
public final class LandlockRuleset implements AutoCloseable {
  private static final int FCNTL = Syscall.number("fcntl");

  private final Fd fd;
  private final Set<RestrictFlag> flags;
  private final Slot slot = Slot.named("ruleset");

  private LandlockRuleset(Fd fd, Set<RestrictFlag> flags) {
    this.fd = fd;
    this.flags = Sets.copy(RestrictFlag.class, flags);
  }

  /**
   * Makes the ruleset of a layer, without entering it.
   *
   * @throws IllegalStateException if the layer restricts nothing
   * @throws SetupException if a system call fails, as {@link LandlockLayer#restrictThisThread}
   */
  public static LandlockRuleset of(LandlockLayer layer) throws KernelException {
    if (layer.program().isEmpty()) {
      throw new IllegalStateException("this layer restricts nothing (" + layer.support() + ")");
    }
    var keeper = new Keeper();
    try {
      layer.program().run(keeper);
    } catch (SetupException e) {
      throw layer.identify(e);
    }
    return new LandlockRuleset(Objects.requireNonNull(keeper.kept), layer.flags());
  }

  /**
   * Takes a ruleset over that another process made and passed on. What it restricts cannot be found
   * out.
   *
   * @param flags how its domain is to be entered; they must be such as the kernel has
   */
  public static LandlockRuleset adopt(Fd fd, Set<RestrictFlag> flags) {
    return new LandlockRuleset(fd, flags);
  }

  /** {@return the descriptor, which this ruleset owns} */
  public Fd fd() {
    return fd;
  }

  /**
   * {@return what a child does that was given the descriptor with {@link #passTo}}: it enters the
   * domain; as with {@link LandlockLayer#program}, {@code no_new_privs} has to be set before.
   */
  public SetupProgram program() {
    return SetupProgram.of(RulesetSteps.restrict(slot, flags), Step.close(slot));
  }

  /** Gives a plan the descriptor that {@link #program} uses; it is needed at every start. */
  public void passTo(LaunchPlan.Builder plan) {
    plan.pass(slot, fd);
  }

  /**
   * Enters the domain, as {@link LandlockLayer#restrictThisThread}.
   *
   * @throws IllegalStateException if the thread is virtual or a worker of the common pool
   * @throws SetupException if a system call fails; EBADF or EBADFD if the descriptor is no ruleset
   */
  public void restrictThisThread() throws SetupException {
    LandlockLayer.requireOwnThread();
    if (!fd.acquire()) {
      throw new IllegalStateException("this ruleset is closed");
    }
    try {
      NoNewPrivileges.program()
          .then(SetupProgram.of(RulesetSteps.restrict(Arg.of(fd.number()), flags)))
          .run();
    } finally {
      fd.release();
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  /** Runs a layer's program, and keeps a copy of the ruleset where the domain would be entered. */
  private static final class Keeper implements Kernel {
    private final Kernel host = Kernel.host();
    private @Nullable Fd kept;

    @Override
    public long call(Step step, long[] args) {
      if (!step.syscall().equals(RulesetSteps.RESTRICT_CALL)) {
        return host.call(step, args);
      }
      long copy = Syscall.call(FCNTL, args[0], Uapi.F_DUPFD_CLOEXEC(), 0);
      if (!Syscall.isError(copy)) {
        kept = Fd.owning((int) copy);
      }
      return copy;
    }
  }
}
