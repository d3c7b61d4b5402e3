package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.util.Optional;

/**
 * What a kernel says about its Landlock.
 *
 * <p>It is the kernel's word: some distributions announce a version and lack rights that it should
 * have (RHEL 9.7 reports 6 and answers EINVAL to scopes). A layer for such a version fails when it
 * is entered, and restricts nothing less than it says.
 *
 * @param abi {@link Abi#V0} if there is a refusal
 * @param refusal ENOSYS where the kernel was built without Landlock or is older than 5.13,
 *     EOPNOTSUPP where it was disabled at boot; anything else, EPERM for example, comes from a
 *     seccomp filter or from a sandbox that imitates a kernel
 */
public record LandlockSupport(Abi abi, Optional<Errno> refusal) {
  private static final Step QUERY =
      Step.of(
          "landlock_create_ruleset",
          "ask for the version of Landlock",
          Arg.of(0, "NULL"),
          Arg.of(0),
          Arg.of(Uapi.LANDLOCK_CREATE_RULESET_VERSION(), "LANDLOCK_CREATE_RULESET_VERSION"));

  /** {@return what the kernel of this machine says} */
  public static LandlockSupport probe() {
    return probe(Kernel.host());
  }

  /** {@return what a kernel says} */
  public static LandlockSupport probe(Kernel kernel) {
    long result =
        kernel.call(QUERY, new long[] {0, 0, Uapi.LANDLOCK_CREATE_RULESET_VERSION(), 0, 0, 0});
    return Syscall.isError(result)
        ? new LandlockSupport(Abi.V0, Errno.ofResult(result))
        : new LandlockSupport(Abi.of((int) result), Optional.empty());
  }

  /** In words, with what to do about a refusal. */
  @Override
  public String toString() {
    if (refusal.isEmpty()) {
      return abi.toString();
    }
    return switch (refusal.get()) {
      case ENOSYS -> "no Landlock: this kernel is older than 5.13 or was built without it (ENOSYS)";
      case EOPNOTSUPP ->
          "no Landlock: it is disabled; add landlock to the kernel's lsm= parameter (EOPNOTSUPP)";
      default ->
          "no Landlock: something forbids its system calls, probably a container's seccomp filter ("
              + refusal.get().name()
              + ")";
    };
  }
}
