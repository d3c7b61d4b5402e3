package io.github.cofferdam.documents;

import io.github.cofferdam.bindings.OsText;
import java.util.Objects;

/** Small helpers for text in messages. */
public final class Text {
  /** Longer texts are cut in messages. */
  private static final int MAX_QUOTED = 60;

  private Text() {}

  /**
   * {@return the text in double quotes, on one line, with everything unprintable escaped, cut when
   * long}
   */
  public static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    int end = Math.min(text.length(), MAX_QUOTED);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (RawText.isByte(c) && !isPair(text, i)) {
        out.append(OsText.show(String.valueOf(c)));
      } else if (HiddenCharacters.isHidden(c) || Character.isSurrogate(c)) {
        escape(out, c);
      } else {
        out.append(c);
      }
    }
    return out.append(end < text.length() ? "...\"" : "\"").toString();
  }

  /** {@return what an exception has to say to a person} */
  public static String of(Throwable cause) {
    return Objects.requireNonNullElseGet(cause.getMessage(), cause::toString);
  }

  private static boolean isPair(String text, int low) {
    return low > 0 && Character.isSurrogatePair(text.charAt(low - 1), text.charAt(low));
  }

  /** Appends {@code \}{@code uXXXX}. */
  public static void escape(StringBuilder out, char c) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(Character.toUpperCase(Character.forDigit((c >> shift) & 0xF, 16)));
    }
  }

  /** {@return the index of the first surrogate without its partner, or -1} */
  public static int unpairedSurrogate(String text) {
    return unpairedSurrogate(text, 0);
  }

  /** {@return the same, from a place on} */
  public static int unpairedSurrogate(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }

  /** Refuses text that no file could hold as UTF-8. */
  public static void checkUnicode(String text) {
    int at = unpairedSurrogate(text);
    if (at >= 0) {
      throw new IllegalArgumentException(
          quote(text) + " is not valid Unicode: unpaired surrogate at character " + (at + 1));
    }
  }
}
