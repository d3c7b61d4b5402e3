package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;

/** What a wall says of a protection, once it was built. */
record Claim(Protection protection, ProtectionState state, Cause cause) {

  static Claim enforced(Protection protection, Cause.Means means, String words) {
    return new Claim(protection, ProtectionState.ENFORCED, new Cause.Held(means, words));
  }

  static Claim partial(Protection protection, Cause cause) {
    return new Claim(protection, ProtectionState.PARTIAL, cause);
  }

  static Claim missing(Protection protection, Cause cause) {
    return new Claim(protection, ProtectionState.MISSING, cause);
  }

  /** The policy lets pass what would be protected from. */
  static Claim notAsked(Protection protection, String why) {
    return new Claim(protection, ProtectionState.NOT_ASKED, new Cause.AllowedByPolicy(why));
  }
}
