package io.github.cofferdam.sandbox;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text that may not be Unicode: paths and arguments are bytes to the kernel.
 *
 * <p>A byte that is not UTF-8 becomes the unpaired surrogate U+DC00 plus the byte (as in Python's
 * surrogateescape), so nothing is lost on the way to the log.
 */
final class RawText {
  private static final char FIRST = '\uDC80';
  private static final char LAST = '\uDCFF';

  private RawText() {}

  /** {@return bytes as text; what is not UTF-8 becomes unpaired surrogates} */
  static String decode(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) ('\uDC00' + (in.get() & 0xFF)));
      }
      decoder.reset();
    }
  }

  /**
   * {@return the bytes that {@link #decode} was given; other unpaired surrogates become three bytes
   * each}
   */
  static byte[] encode(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int start = 0;
    while (start < text.length()) {
      int bad = Text.unpairedSurrogate(text, start);
      int end = bad < 0 ? text.length() : bad;
      out.writeBytes(text.substring(start, end).getBytes(StandardCharsets.UTF_8));
      if (bad >= 0) {
        char c = text.charAt(end++);
        if (c >= FIRST && c <= LAST) {
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
}
