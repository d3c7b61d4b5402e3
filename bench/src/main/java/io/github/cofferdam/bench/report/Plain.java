package io.github.cofferdam.bench.report;

/**
 * Text from a result, which may contain anything, made fit to be shown: a terminal obeys control
 * characters, XML forbids most of them, and characters that turn the direction of writing reach
 * beyond the text that they are in.
 */
final class Plain {
  private static final int REPLACEMENT = 0xFFFD;

  private Plain() {}

  /** {@return the text on one line, with nothing in it but what can be seen} */
  static String line(String text) {
    var plain = new StringBuilder(text.length());
    text.codePoints().map(Plain::harmless).forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private static int harmless(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          Character.isWhitespace(codePoint) ? ' ' : REPLACEMENT;
      case Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED -> REPLACEMENT;
      default -> codePoint;
    };
  }

  /** {@return how many columns of a terminal the text takes, if none of it is wider than one} */
  static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  /** {@return the text and blanks, at least as wide as that} */
  static String left(String text, int width) {
    return text + " ".repeat(Math.max(0, width - width(text)));
  }

  /** {@return blanks and the text, at least as wide as that} */
  static String right(String text, int width) {
    return " ".repeat(Math.max(0, width - width(text))) + text;
  }
}
