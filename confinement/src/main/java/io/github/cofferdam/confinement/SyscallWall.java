package io.github.cofferdam.confinement;

import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
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
    // Last, since they might refuse what the others need; and nothing that comes later undoes them.
    List<Step> last = new ArrayList<>(built.filter().program().steps());
    Optional<SeccompFilter> profile = built.terms().profile();
    profile.ifPresent(filter -> last.addAll(filter.install().steps()));
    List<Step> steps = built.command().steps();
    if (steps.size() < last.size()
        || !sameCalls(steps.subList(steps.size() - last.size(), steps.size()), last)) {
      throw new IllegalStateException("the filters are not the last thing that is set up");
    }
    return List.of(
        Claim.enforced(
            Protection.SYSCALLS,
            Means.SECCOMP,
            profile.isPresent()
                ? "seccomp, and the profile " + built.terms().policy().seccomp()
                : "seccomp"));
  }

  private static boolean sameCalls(List<Step> some, List<Step> others) {
    for (int i = 0; i < some.size(); i++) {
      if (!some.get(i).toString().equals(others.get(i).toString())) {
        return false;
      }
    }
    return true;
  }
}
