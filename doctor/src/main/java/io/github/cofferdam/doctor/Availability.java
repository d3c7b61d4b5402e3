package io.github.cofferdam.doctor;

import io.github.cofferdam.policy.Protection;
import java.util.Locale;

/** Whether a host can give a {@link Protection}. */
public enum Availability {
  /** In full; tried. */
  AVAILABLE,
  /** With exceptions, which are named; tried. */
  PARTLY,
  /** Not at all. */
  NOT_AVAILABLE,
  /** Nobody asked for it, so nothing is known. */
  NOT_TRIED;

  /** {@return the name in JSON, such as {@code not_available}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return the name in tables, such as {@code not available}} */
  public String text() {
    return key().replace('_', ' ');
  }
}
