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
        HiddenCharacters.escape(out, c);
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

  /** Refuses text that no file could hold as UTF-8. */
  public static void checkUnicode(String text) {
    int at = RawText.unpairedSurrogate(text);
    if (at >= 0) {
      throw new IllegalArgumentException(
          quote(text) + " is not valid Unicode: unpaired surrogate at character " + (at + 1));
    }
  }
}
