package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.time.Duration;
import java.util.Set;

/**
 * Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}; a bare number
 * is seconds.
 */
public final class Durations {
  /** What 64 bits of nanoseconds hold, the kernel's and Java's clocks among them: 292 years. */
  private static final Duration MOST = Duration.ofMillis(Long.MAX_VALUE / 1_000_000);

  private static final Set<String> ZERO = Set.of("0", "0ms", "0s", "0m", "0h");

  private Durations() {}

  /**
   * Parses a duration.
   *
   * @param text a whole number with a unit: ms, s, m or h; without one, seconds
   * @return a duration above zero
   * @throws IllegalArgumentException when the text is something else, zero, or more than {@code
   *     9223372036854ms}, which is 292 years
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
    Duration duration;
    try {
      duration =
          Duration.ofMillis(Math.multiplyExact(Long.parseLong(text.substring(0, digits)), millis));
    } catch (ArithmeticException | NumberFormatException e) {
      throw tooLarge(Text.quote(text));
    }
    if (duration.compareTo(MOST) > 0) {
      throw tooLarge(Text.quote(text));
    }
    return check(duration);
  }

  /** As {@link #parse}, and zero is a duration, too. */
  static Duration parseAlsoZero(String text) {
    return ZERO.contains(text) ? Duration.ZERO : parse(text);
  }

  /** {@return a duration of whole seconds above zero} */
  static Duration ofSeconds(long seconds) {
    return check(Duration.ofSeconds(seconds));
  }

  /** Refuses what cannot be written down; zero is a duration, too. */
  static Duration checkAlsoZero(Duration duration) {
    return duration.isZero() ? duration : check(duration);
  }

  /** Refuses what cannot be a deadline or cannot be written down. */
  static Duration check(Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("a duration must be above zero, found " + duration);
    }
    if (duration.compareTo(MOST) > 0) {
      throw tooLarge(duration.toString());
    }
    if (duration.toNanosPart() % 1_000_000 != 0) {
      throw new IllegalArgumentException(
          "a duration must be a whole number of milliseconds, found " + duration);
    }
    return duration;
  }

  private static IllegalArgumentException tooLarge(String duration) {
    return new IllegalArgumentException(
        "the duration "
            + duration
            + " is too large; at most "
            + MOST.toHours()
            + "h (292 years) can be counted");
  }

  /** {@return a text that {@link #parse} reads back, in the largest unit that fits} */
  static String show(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0s";
    }
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
