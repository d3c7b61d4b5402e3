package io.github.cofferdam.cli;

import java.util.StringJoiner;
import java.util.function.Function;

/** The value of an option that has a few. */
final class Choice {
  private Choice() {}

  static <T> T of(String option, String text, T[] values, Function<T, String> key) {
    var known = new StringJoiner(", ");
    for (T value : values) {
      if (key.apply(value).equals(text)) {
        return value;
      }
      known.add(key.apply(value));
    }
    throw new IllegalArgumentException(option + " " + text + " is none of: " + known);
  }
}
