package io.github.cofferdam.policy;

/** The escapes of the shell's {@code $'...'}. */
final class AnsiQuote {
  private AnsiQuote() {}

  /**
   * Appends the text of a quote.
   *
   * @param text the whole text
   * @param start the place after the opening quote
   * @param out where the text goes
   * @return the place after the closing quote
   */
  static int append(String text, int start, StringBuilder out) {
    int at = start;
    while (at < text.length() && text.charAt(at) != '\'') {
      char c = text.charAt(at++);
      if (c != '\\' || at == text.length()) {
        out.append(c);
        continue;
      }
      char kind = text.charAt(at++);
      switch (kind) {
        case 'x' -> at = number(text, at, 2, 16, out);
        case 'u' -> at = number(text, at, 4, 16, out);
        case 'U' -> at = number(text, at, 8, 16, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> at = number(text, at - 1, 3, 8, out);
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case 'e', 'E' -> out.append('\u001B');
        default -> out.append(kind);
      }
    }
    return Math.min(at + 1, text.length());
  }

  private static int number(String text, int start, int digits, int radix, StringBuilder out) {
    int at = start;
    int value = 0;
    while (at < text.length()
        && at - start < digits
        && Character.digit(text.charAt(at), radix) >= 0) {
      value = value * radix + Character.digit(text.charAt(at), radix);
      at++;
    }
    if (Character.isValidCodePoint(value) && at > start) {
      out.appendCodePoint(value);
    }
    return at;
  }
}
