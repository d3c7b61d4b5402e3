package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * What a rule says besides what it grants.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html">Landlock: add_rule flags</a>
 */
public enum RuleFlag implements Feature {
  /**
   * Denials on the rule's path, beneath it, or on its port are not written to the audit log, as far
   * as they are about the rights that the policy names in {@link LandlockPolicy.Builder#quiet}.
   */
  QUIET(Uapi.LANDLOCK_ADD_RULE_QUIET(), 10);

  private final long bit;
  private final int abi;

  RuleFlag(long bit, int abi) {
    this.bit = bit;
    this.abi = abi;
  }

  @Override
  public long bit() {
    return bit;
  }

  @Override
  public Abi abi() {
    return Abi.of(abi);
  }
}
