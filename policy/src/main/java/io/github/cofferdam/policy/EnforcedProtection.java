package io.github.cofferdam.policy;

/**
 * One line of an {@link EnforcementReport}.
 *
 * @param protection what is protected
 * @param requirement what the policy demands
 * @param state how far it holds
 * @param cause by what it is enforced, or what is missing
 */
public record EnforcedProtection(
    Protection protection, Requirement requirement, ProtectionState state, Cause cause) {

  /** {@return by what it is enforced, or what is missing and how to get it, in words} */
  public String detail() {
    return cause.words();
  }

  /** {@return whether the policy demands more than this host gives} */
  public boolean fallsShort() {
    return state == ProtectionState.PARTIAL || state == ProtectionState.MISSING;
  }

  @Override
  public String toString() {
    return protection.key() + ": " + state.key() + " (" + detail() + ")";
  }
}
