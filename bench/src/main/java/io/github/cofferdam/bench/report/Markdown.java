package io.github.cofferdam.bench.report;

import java.util.Locale;

/** Text in Markdown as GitHub reads it, where hardly a character means nothing. */
final class Markdown {
  /**
   * Those that mean something anywhere in a line. A backslash before punctuation takes away its
   * meaning.
   */
  private static final String SPECIAL = "\\`*[]|#~!@$^{}";

  private Markdown() {}

  /** {@return text that is shown as it is, also as a cell of a table or at the start of a line} */
  static String text(String text) {
    String line = Plain.line(text).strip();
    var out = new StringBuilder(line.length());
    for (int i = 0; i < line.length(); i++) {
      char character = line.charAt(i);
      switch (character) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        // Addresses become links by themselves, and names between colons pictures.
        case ':' -> out.append(isTimeOrEnd(line, i + 1) ? ":" : "\\:");
        case '.' -> out.append(endsWithWww(line, i) || digits(line, i) ? "\\." : ".");
        // Between letters it is one of them.
        case '_' -> out.append(isLetter(line, i - 1) && isLetter(line, i + 1) ? "_" : "\\_");
        case '-', '+', '=' -> out.append(i == 0 ? "\\" : "").append(character);
        case ')' -> out.append(digits(line, i) ? "\\)" : ")");
        default -> out.append(SPECIAL.indexOf(character) >= 0 ? "\\" : "").append(character);
      }
    }
    return out.toString();
  }

  private static boolean isLetter(String line, int at) {
    return at >= 0 && at < line.length() && Character.isLetterOrDigit(line.charAt(at));
  }

  private static boolean isTimeOrEnd(String line, int next) {
    return next == line.length()
        || line.charAt(next) == ' '
        || (next + 1 < line.length()
            && Character.isDigit(line.charAt(next))
            && Character.isDigit(line.charAt(next + 1)));
  }

  private static boolean endsWithWww(String line, int end) {
    return line.substring(0, end).toLowerCase(Locale.ROOT).endsWith("www");
  }

  /** {@return whether there are only digits before: this would be a list} */
  private static boolean digits(String line, int end) {
    return end > 0
        && line.substring(0, end).chars().allMatch(x -> x >= '0' && x <= '9')
        && (end + 1 == line.length() || line.charAt(end + 1) == ' ');
  }
}
