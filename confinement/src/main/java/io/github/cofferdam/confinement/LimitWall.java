package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Protection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Limits: what was planned for them, and whether the command could undo it. */
final class LimitWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.LIMITS);
  }

  @Override
  public void build(Layers layers) {
    layers.limits(layers.terms().limits().set());
  }

  @Override
  public List<Claim> claims(Built built) throws Refusal {
    LimitPlan limits = built.terms().limits();
    boolean writable = limits.endsTheTree() && !built.fences(KernelMounts.GROUPS);
    return List.of(limits.claim(writable, NetworkLimits.states(built)));
  }
}
