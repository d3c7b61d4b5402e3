package io.github.cofferdam.documents;

/**
 * Characters that make a text look different from what it is: controls, direction overrides,
 * zero-width characters.
 *
 * <p>A carriage return hides what a terminal shows before it, a direction override turns {@code rm}
 * around, a zero-width space splits a word for a rule and not for a reader.
 */
public final class HiddenCharacters {
  private HiddenCharacters() {}

  /** {@return whether a character is a control or is invisible, line feed and tab included} */
  public static boolean isHidden(char c) {
    return Character.isISOControl(c)
        || (c >= '\u200B' && c <= '\u200F')
        || (c >= '\u2028' && c <= '\u202E')
        || (c >= '\u2060' && c <= '\u206F')
        || c == '\u00AD'
        || c == '\u061C'
        || c == '\u180E'
        || c == '\uFEFF';
  }

  /**
   * {@return the index of the first hidden character, or -1}
   *
   * @param text the text
   * @param layout whether line feed and tab are fine
   */
  public static int indexIn(String text, boolean layout) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHidden(c) && !(layout && (c == '\n' || c == '\t'))) {
        return i;
      }
    }
    return -1;
  }

  /** {@return a character for a message, such as {@code U+202E}} */
  public static String name(char c) {
    StringBuilder out = new StringBuilder();
    escape(out, c);
    return "U+" + out.substring(2);
  }

  /** Appends {@code \}{@code uXXXX}. */
  public static void escape(StringBuilder out, char c) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(Character.toUpperCase(Character.forDigit((c >> shift) & 0xF, 16)));
    }
  }
}
