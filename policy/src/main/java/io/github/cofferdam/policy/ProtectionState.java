package io.github.cofferdam.policy;

import java.util.Locale;

/** How far a protection holds in one run. */
public enum ProtectionState {
  /** It holds in full. */
  ENFORCED,
  /** It holds with exceptions, which are named. */
  PARTIAL,
  /** It was asked for and does not hold. */
  MISSING,
  /** The policy switched it off, or asks for nothing that it would protect. */
  NOT_ASKED;

  /** {@return the name in reports, such as {@code not_asked}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
