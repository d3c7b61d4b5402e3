package io.github.cofferdam.documents;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a document.
 *
 * @param source the file, as the caller named it
 * @param line the line, counted from 1; 0 when the problem is the file as a whole
 * @param column the column, counted in characters from 1; 0 when the problem is the file as a whole
 * @param key the key with dots, such as {@code network.allow_network}; null when there is none
 * @param message what is wrong and what would be right
 */
public record DocumentProblem(
    String source, int line, int column, @Nullable String key, String message) {
  /** More problems than this are counted in a message, not shown. */
  private static final int MAX_SHOWN = 20;

  /** {@return a problem of the file as a whole} */
  public static DocumentProblem ofFile(String source, String message) {
    return new DocumentProblem(source, 0, 0, null, message);
  }

  /** {@return {@code source:line:column: message}} */
  @Override
  public String toString() {
    return line > 0 ? source + ":" + line + ":" + column + ": " + message : source + ": " + message;
  }

  /**
   * {@return one line for each problem}
   *
   * @param problems in the order of the file
   */
  public static String text(List<DocumentProblem> problems) {
    StringBuilder text = new StringBuilder();
    int shown = Math.min(problems.size(), MAX_SHOWN);
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : "\n").append(problems.get(i));
    }
    if (problems.size() > shown) {
      text.append("\nand ").append(problems.size() - shown).append(" more problems");
    }
    return text.toString();
  }
}
