package io.github.cofferdam.policy;

import java.util.List;

/** The caches of tools that a policy's presets grant: its {@code overlay} lists. */
public final class Caches {
  private Caches() {}

  /** {@return their paths, less those of which the policy says something itself} */
  public static List<String> of(Policy policy) {
    return PresetUnion.caches(policy.ownFilesystem(), policy.presets());
  }

  /** {@return a policy as it is on a host that can only let them be read} */
  public static Policy onlyRead(Policy policy) {
    Policy.Builder read = policy.toBuilder();
    read.workspace = read.workspace.withCachesRead();
    return read.build();
  }
}
