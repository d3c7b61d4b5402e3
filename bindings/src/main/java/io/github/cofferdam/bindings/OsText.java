package io.github.cofferdam.bindings;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Strings of the operating system (paths, arguments, environment) as Java strings, without loss.
 *
 * <p>The kernel knows bytes only. They are read as UTF-8; a byte that is not valid UTF-8 becomes
 * the lone surrogate U+DC00 plus its value, and {@link #encode} turns that back into the byte.
 * (Python's {@code surrogateescape}, PEP 383, does the same.) The virtual machine's own conversion
 * depends on the locale and loses such bytes.
 */
public final class OsText {
  private static final int ESCAPE = 0xDC00;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private OsText() {}

  /**
   * {@return a path's own bytes as text}; the path's string has lost those that the locale's
   * encoding does not know, but its URI spells them out
   *
   * @param absolute an absolute path of the default file system
   */
  public static String of(Path absolute) {
    String text = absolute.toString();
    return isAscii(text) ? text : ofUri(absolute);
  }

  /**
   * {@return the path that has the bytes of a text}, whether the locale's encoding knows them or
   * not
   *
   * @param absolute an absolute path
   */
  public static Path path(String absolute) {
    if (isAscii(absolute)) {
      return Path.of(absolute);
    }
    var uri = new StringBuilder("file://");
    for (byte each : encode(absolute)) {
      if (each == '/') {
        uri.append('/');
      } else {
        uri.append('%').append(HEX.toHexDigits(each));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static String ofUri(Path absolute) {
    String raw = absolute.toUri().getRawPath();
    var bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(raw, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    int length = bytes.size();
    byte[] all = bytes.toByteArray();
    // A URI ends in a slash if it names a directory.
    if (length > 1 && all[length - 1] == '/') {
      length--;
    }
    return decode(all, 0, length);
  }

  /** {@return the bytes of a string, without a terminating NUL} */
  public static byte[] encode(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return encodeWithSurrogates(text);
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * {@return a string in memory, with a terminating NUL}
   *
   * @throws IllegalArgumentException if the string itself has a NUL in it
   */
  public static MemorySegment allocate(Arena arena, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a name has a NUL character in it");
    }
    byte[] bytes = encode(text);
    MemorySegment memory = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return memory;
  }

  /** {@return the string of some bytes; every input has one} */
  public static String decode(byte[] bytes, int offset, int length) {
    var text = new StringBuilder(length);
    int end = offset + length;
    for (int at = offset; at < end; ) {
      int size = sequenceLength(bytes, at, end);
      if (size == 0) {
        text.append((char) (ESCAPE + (bytes[at] & 0xff)));
        at++;
      } else {
        text.append(new String(bytes, at, size, StandardCharsets.UTF_8));
        at += size;
      }
    }
    return text.toString();
  }

  private static byte[] encodeWithSurrogates(String text) {
    var out = new ByteArrayOutputStream(text.length() + 16);
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      if (point >= ESCAPE + 0x80 && point <= ESCAPE + 0xff) {
        out.write(point - ESCAPE);
      } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            "text holds a lone surrogate U+" + Integer.toHexString(point) + ", which has no bytes");
      } else {
        out.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
      }
    }
    return out.toByteArray();
  }

  /** Length of the valid UTF-8 sequence at an offset, 0 if there is none (RFC 3629, section 4). */
  private static int sequenceLength(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int size =
        first >= 0xC2 && first <= 0xDF
            ? 2
            : first >> 4 == 0xE ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    if (size == 0 || at + size > end) {
      return 0;
    }
    int second = bytes[at + 1] & 0xff;
    boolean valid =
        switch (first) {
          case 0xE0 -> second >= 0xA0 && second <= 0xBF;
          case 0xED -> second >= 0x80 && second <= 0x9F;
          case 0xF0 -> second >= 0x90 && second <= 0xBF;
          case 0xF4 -> second >= 0x80 && second <= 0x8F;
          default -> (second & 0xC0) == 0x80;
        };
    for (int i = 2; i < size; i++) {
      valid &= (bytes[at + i] & 0xC0) == 0x80;
    }
    return valid ? size : 0;
  }
}
