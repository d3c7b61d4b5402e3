package io.github.cofferdam.documents;

import io.github.cofferdam.bindings.OsText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The bytes of text that may not be Unicode, for the log; see {@link OsText}. */
public final class RawText {
  private static final char FIRST = '\uDC80';
  private static final char LAST = '\uDCFF';

  private RawText() {}

  /** {@return whether a lone surrogate stands for a byte} */
  public static boolean isByte(char c) {
    return c >= FIRST && c <= LAST;
  }

  /**
   * {@return the bytes that {@link OsText#decode} was given; other unpaired surrogates, which
   * {@link OsText#encode} refuses, become three bytes each: a log has to take everything}
   */
  public static byte[] encode(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int start = 0;
    while (start < text.length()) {
      int bad = unpairedSurrogate(text, start);
      int end = bad < 0 ? text.length() : bad;
      out.writeBytes(text.substring(start, end).getBytes(StandardCharsets.UTF_8));
      if (bad >= 0) {
        char c = text.charAt(end++);
        if (isByte(c)) {
          out.write(c & 0xFF);
        } else {
          out.write(0xE0 | c >> 12);
          out.write(0x80 | (c >> 6 & 0x3F));
          out.write(0x80 | (c & 0x3F));
        }
      }
      start = end;
    }
    return out.toByteArray();
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
}
