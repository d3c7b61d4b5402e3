package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Protection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * System calls that no ordinary program needs, or that lead around other walls: the baseline, which
 * the other walls have made stricter.
 */
final class SyscallWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.SYSCALLS);
  }

  @Override
  public void build(Layers layers) {
    // In an IPC namespace of one's own there is nothing of others to reach.
    layers.filter(layers.filter().ipc(layers.terms().ownNamespaces()));
    layers.terms().profile().ifPresent(profile -> layers.profile(profile.install()));
  }

  @Override
  public List<Claim> claims(Built built) {
    if (!built.endsWithFilters()) {
      throw new IllegalStateException("the filters are not the last thing that is set up");
    }
    return List.of(
        Claim.enforced(
            Protection.SYSCALLS,
            Means.SECCOMP,
            built.terms().profile().isPresent()
                ? "seccomp, and the profile " + built.terms().policy().seccomp()
                : "seccomp"));
  }
}
