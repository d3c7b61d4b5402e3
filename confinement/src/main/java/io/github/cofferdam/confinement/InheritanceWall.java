package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Protection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a command inherits. Descriptors are closed by the launcher before anything else, in each
 * launch: there is no plan without. Variables were selected before the walls are built; a run whose
 * policy protects them has no other way to get any.
 */
final class InheritanceWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.DESCRIPTORS, Protection.ENVIRONMENT);
  }

  @Override
  public void build(Layers layers) {
    // Nothing: see above.
  }

  @Override
  public List<Claim> claims(Built built) {
    return List.of(
        Claim.enforced(Protection.DESCRIPTORS, Means.START, "close_range before anything else"),
        Claim.enforced(
            Protection.ENVIRONMENT,
            Means.START,
            "what looks like a secret and what loads code is left out"));
  }
}
