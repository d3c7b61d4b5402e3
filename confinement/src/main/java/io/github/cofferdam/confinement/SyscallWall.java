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
  }

  @Override
  public List<Claim> claims(Built built) {
    // Last, since it might refuse what the others need; and nothing that comes later can undo it.
    if (!built.command().steps().getLast().equals(built.filter().program().steps().getLast())) {
      throw new IllegalStateException("the filter is not the last thing that is set up");
    }
    return List.of(Claim.enforced(Protection.SYSCALLS, Means.SECCOMP, "seccomp"));
  }
}
