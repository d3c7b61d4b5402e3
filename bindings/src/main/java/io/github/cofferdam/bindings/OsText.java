package io.github.cofferdam.bindings;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

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
  private static final Path ROOT = Path.of("/");

  private OsText() {}

  /**
   * {@return a path's own bytes as text}; the path's string has lost those that the locale's
   * encoding does not know, but its URI spells them out
   *
   * @param path a path of the default file system
   */
  public static String of(Path path) {
    String text = path.toString();
    if (isAscii(text)) {
      return text;
    }
    return path.isAbsolute() ? ofUri(path) : ofUri(ROOT.resolve(path)).substring(1);
  }

  /**
   * {@return the path that has exactly the bytes of a text}, also where the locale's encoding does
   * not know them; the other way round from {@link #of}
   *
   * @throws InvalidPathException if the text holds a NUL, or a lone surrogate that stands for no
   *     byte
   */
  public static Path path(String text) {
    if (isAscii(text)) {
      return Path.of(text);
    }
    byte[] bytes;
    try {
      bytes = encode(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidPathException(show(text), String.valueOf(e.getMessage()));
    }
    var uri = new StringBuilder("file:///");
    boolean slash = true;
    for (byte b : bytes) {
      if (b == 0) {
        throw new InvalidPathException(show(text), "it holds a NUL");
      }
      if (b != '/') {
        hex(uri.append('%'), b);
      } else if (!slash) {
        uri.append('/');
      }
      slash = b == '/';
    }
    Path absolute = Path.of(URI.create(uri.toString()));
    return bytes[0] == '/' ? absolute : absolute.subpath(0, absolute.getNameCount());
  }

  /**
   * {@return a path as people may read it}: on one line, with {@code \xHH} for each byte of what is
   * not Unicode or cannot be seen, and two backslashes for one
   */
  public static String show(Path path) {
    return show(of(path));
  }

  /** {@return the same of a text, such as an argument} */
  public static String show(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      if (point == '\\') {
        out.append("\\\\");
      } else if (point >= ESCAPE + 0x80 && point <= ESCAPE + 0xff) {
        hex(out.append("\\x"), (byte) (point - ESCAPE));
      } else if (isVisible(point)) {
        out.appendCodePoint(point);
      } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        out.append("\\u").append(Integer.toHexString(point));
      } else {
        for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
          hex(out.append("\\x"), b);
        }
      }
    }
    return out.toString();
  }

  private static boolean isVisible(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  private static void hex(StringBuilder out, byte b) {
    out.append(Character.forDigit(b >> 4 & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
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
    int end = offset + length;
    if (isAscii(bytes, offset, end)) {
      return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    }
    var text = new StringBuilder(length);
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

  private static boolean isAscii(byte[] bytes, int offset, int end) {
    for (int at = offset; at < end; at++) {
      if (bytes[at] < 0) {
        return false;
      }
    }
    return true;
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

  /** {@return how many bytes the character at an offset has: 1 if it is a byte that is in none} */
  public static int characterLength(byte[] bytes, int at) {
    return Math.max(1, sequenceLength(bytes, at, bytes.length));
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
