package io.github.cofferdam.bench;

import java.util.List;

/** What programs say when they fail. */
final class Errors {
  private static final int LENGTH = 200;

  private Errors() {}

  /** {@return the last line that says something, shortened; or that there is none} */
  static String lastLine(String text) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    if (lines.isEmpty()) {
      return "it says nothing";
    }
    String last = lines.getLast();
    return last.length() <= LENGTH ? last : last.substring(0, LENGTH) + "...";
  }
}
