package io.github.cofferdam.sandbox;

import java.time.Duration;

/**
 * Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}; a bare number
 * is seconds.
 */
public final class Durations {
  private Durations() {}

  /**
   * Parses a duration.
   *
   * @param text a whole number with a unit: ms, s, m or h; without one, seconds
   * @return a duration above zero
   * @throws IllegalArgumentException when the text is something else, zero, or too large
   */
  public static Duration parse(String text) {
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    if (digits == 0) {
      throw invalid(text);
    }
    long millis =
        switch (text.substring(digits)) {
          case "ms" -> 1L;
          case "", "s" -> 1000L;
          case "m" -> 60_000L;
          case "h" -> 3_600_000L;
          default -> throw invalid(text);
        };
    try {
      return check(
          Duration.ofMillis(Math.multiplyExact(Long.parseLong(text.substring(0, digits)), millis)));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("the duration " + Text.quote(text) + " is too large", e);
    }
  }

  /** {@return a duration of whole seconds above zero} */
  static Duration ofSeconds(long seconds) {
    try {
      return check(Duration.ofMillis(Math.multiplyExact(seconds, 1000L)));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("the duration " + seconds + " s is too large", e);
    }
  }

  /** Refuses what cannot be a deadline or cannot be written down. */
  static Duration check(Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("a duration must be above zero, found " + duration);
    }
    long millis;
    try {
      millis = duration.toMillis();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("the duration " + duration + " is too large", e);
    }
    if (!Duration.ofMillis(millis).equals(duration)) {
      throw new IllegalArgumentException(
          "a duration must be a whole number of milliseconds, found " + duration);
    }
    return duration;
  }

  /** {@return a text that {@link #parse} reads back, in the largest unit that fits} */
  static String show(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 3_600_000L == 0) {
      return millis / 3_600_000L + "h";
    }
    if (millis % 60_000L == 0) {
      return millis / 60_000L + "m";
    }
    return millis % 1000L == 0 ? millis / 1000L + "s" : millis + "ms";
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "expected a duration such as \"500ms\", \"30s\", \"5m\" or \"2h\", found "
            + Text.quote(text));
  }
}
