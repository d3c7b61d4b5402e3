package io.github.cofferdam.bench;

import java.util.List;

/** What programs say when they fail. */
final class Errors {
  private static final int LENGTH = 200;

  private Errors() {}

  /**
   * {@return the last line that says something, shortened; or that there is none} Of what Maven
   * says it is the first error that counts: advice follows.
   */
  static String lastLine(String text) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    if (lines.isEmpty()) {
      return "it says nothing";
    }
    String last =
        lines.stream()
            .filter(line -> line.startsWith("[ERROR]"))
            .findFirst()
            .orElse(lines.getLast());
    return last.length() <= LENGTH ? last : last.substring(0, LENGTH) + "...";
  }
}
