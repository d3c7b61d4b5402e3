package io.github.cofferdam.doctor;

import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.util.Optional;

/**
 * What a {@link PolicyTrial} found out about one protection.
 *
 * @param protection what is protected
 * @param requirement what the policy demands
 * @param state whether this host can give it; {@link ProtectionState#NOT_ASKED} if that is not
 *     known
 * @param detail by what it is given, or what is missing
 * @param cause the same for programs to go by; empty where nothing is known
 * @param remedy how to get what is missing; empty if nothing is, or if no way is known
 */
public record TriedProtection(
    Protection protection,
    Requirement requirement,
    ProtectionState state,
    String detail,
    Optional<Cause> cause,
    Optional<String> remedy) {

  /** {@return whether the policy demands it and this host cannot give it in full} */
  public boolean unmet() {
    return requirement == Requirement.REQUIRE && fallsShort();
  }

  /** {@return whether something is missing, demanded or not} */
  public boolean fallsShort() {
    return state == ProtectionState.PARTIAL || state == ProtectionState.MISSING;
  }

  /** {@return the state as doctor's JSON has it: what a host can give is there before any run} */
  public String availability() {
    return switch (state) {
      case ENFORCED -> "available";
      case PARTIAL -> "partly";
      case MISSING -> "not_available";
      case NOT_ASKED -> "not_tried";
    };
  }
}
