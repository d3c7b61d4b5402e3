package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.ProtectionState;

/**
 * How far a limit of all processes together holds, and by what.
 *
 * @param detail by what, or why not
 * @param lacksGroup whether it would hold in a control group, which cannot be had
 */
record LimitState(ProtectionState state, String detail, boolean lacksGroup) {
  LimitState(ProtectionState state, String detail) {
    this(state, detail, false);
  }
}
