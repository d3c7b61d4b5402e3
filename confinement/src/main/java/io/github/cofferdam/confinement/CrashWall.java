package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.CrashCause;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.RlimitPolicy;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Crashes: a limit of core files with which the kernel writes none and starts no program, and a
 * filter that keeps the command from changing it. That program would run as root and outside of
 * every wall, on memory that the command has filled.
 */
final class CrashWall implements Wall {
  /** What has {@code sys/kernel/core_pattern} in it. */
  private static final Set<String> PROC = Set.of("proc");

  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.CORE_DUMPS);
  }

  @Override
  public void build(Layers layers) {
    Terms terms = layers.terms();
    if (!terms.wanted(Protection.CORE_DUMPS) || allows(terms.policy())) {
      return;
    }
    if (!terms.limits().rlimits().containsKey(Resource.CORE_FILE)) {
      CrashHandling.closing(terms.host().crashes().limit())
          .ifPresent(limit -> layers.limits(CrashHandling.close()));
    }
    layers.filter(layers.filter().coreLimitChanges(false));
  }

  /** Whether the policy asks for core files. A limit with which there are none does not. */
  static boolean allows(Policy policy) {
    Limit asked = policy.limits().get(Resource.CORE_FILE);
    return asked != null && !CrashHandling.writesNothing(asked);
  }

  @Override
  public List<Claim> claims(Built built) throws Refusal {
    return List.of(claim(built));
  }

  private static Claim claim(Built built) throws Refusal {
    Terms terms = built.terms();
    if (!terms.wanted(Protection.CORE_DUMPS)) {
      return Claim.notAsked(Protection.CORE_DUMPS, "off in the policy");
    }
    if (allows(terms.policy())) {
      return Claim.notAsked(Protection.CORE_DUMPS, "limits.core_file asks for core files");
    }
    CrashHandling crashes = terms.host().crashes();
    // What is not set is inherited.
    Optional<Limit> set = RlimitPolicy.leftBy(built.command(), Resource.CORE_FILE);
    Limit left = set.orElse(crashes.limit());
    if (!CrashHandling.writesNothing(left) || !built.filter().keepsCoreLimit()) {
      throw new IllegalStateException("nothing was built that keeps core dumps from being made");
    }
    if (crashes.pretended() && !left.equals(crashes.limit())) {
      return Claim.partial(Protection.CORE_DUMPS, new CrashCause.CrashLimitPretended());
    }
    if (crashes.changeable() && !built.fences(PROC)) {
      return Claim.partial(Protection.CORE_DUMPS, new CrashCause.CrashPatternWritable());
    }
    boolean closes = CrashHandling.startsNothing(left);
    return switch (crashes.receiver()) {
      case FILE -> held(closes);
      case PROGRAM ->
          closes
              ? held(true)
              : Claim.partial(Protection.CORE_DUMPS, new CrashCause.CrashHandlerStarted());
      case SOCKET -> Claim.partial(Protection.CORE_DUMPS, new CrashCause.CrashSocketConnected());
      case UNKNOWN ->
          Claim.partial(Protection.CORE_DUMPS, new CrashCause.CrashHandlingUnknown(!closes));
    };
  }

  private static Claim held(boolean closes) {
    return Claim.enforced(
        Protection.CORE_DUMPS,
        Means.LIMITS,
        closes
            ? "a limit of core files of 1, which seccomp keeps"
            : "a hard limit of core files of 0; kernel.core_pattern names no program");
  }
}
