package io.github.cofferdam.broker;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A name of the domain name system. What its labels are made of is up to those who make them (RFC
 * 2181, 11), dots included; upper and lower case are the same.
 *
 * <pre>
 *   3 w w w 7 e x a m p l e 3 o r g 0       www.example.org
 * </pre>
 *
 * @param wire the bytes of a message without compression, a character for each; letters of ASCII
 *     are in lower case
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1035#section-3.1">RFC 1035, 3.1</a>
 */
record DnsName(String wire) {
  /** With the lengths of its labels and the root's. */
  static final int LONGEST = 255;

  static final int LONGEST_LABEL = 63;

  /** Any spelling will do. */
  DnsName {
    wire = lower(wire);
  }

  /** Lengths are below all letters. Others than those of ASCII have no case here. */
  private static String lower(String spelling) {
    var lower = new StringBuilder(spelling.length());
    for (int i = 0; i < spelling.length(); i++) {
      char c = spelling.charAt(i);
      lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
    }
    return lower.toString();
  }

  /**
   * {@return the name of a text}
   *
   * @param text labels with dots between them; none at the end
   * @throws IllegalArgumentException if there cannot be such a name, or only with characters that
   *     host names do not have
   */
  static DnsName of(String text) {
    var wire = new StringBuilder(text.length() + 2);
    for (String label : text.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > LONGEST_LABEL) {
        throw new IllegalArgumentException("a label has 1 to 63 bytes");
      }
      wire.append((char) label.length()).append(label);
    }
    var name = new DnsName(wire.append('\0').toString());
    if (name.wire.length() > LONGEST || !name.isPlain()) {
      throw new IllegalArgumentException("not the name of a host");
    }
    return name;
  }

  /** {@return its bytes in a message, without compression} */
  byte[] bytes() {
    return bytes(wire);
  }

  /** {@return the bytes of a spelling} */
  static byte[] bytes(String spelling) {
    return spelling.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * {@return whether it has letters, digits, hyphens and underscores only, so that its {@link
   * #text} has one meaning for everybody}; not the root
   */
  boolean isPlain() {
    int at = 0;
    while (wire.charAt(at) != 0) {
      int end = at + 1 + wire.charAt(at);
      for (int i = at + 1; i < end; i++) {
        if (!isPlain(wire.charAt(i))) {
          return false;
        }
      }
      at = end;
    }
    return at > 0;
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  /**
   * {@return its labels with dots between them, without one at the end}; bytes that host names do
   * not have are escaped (RFC 1035, 5.1), so that no two names have the same text
   */
  String text() {
    if (wire.charAt(0) == 0) {
      return ".";
    }
    var text = new StringBuilder();
    int at = 0;
    while (wire.charAt(at) != 0) {
      if (at > 0) {
        text.append('.');
      }
      int end = at + 1 + wire.charAt(at);
      for (int i = at + 1; i < end; i++) {
        char c = wire.charAt(i);
        text.append(
            isPlain(c) ? Character.toString(c) : String.format(Locale.ROOT, "\\%03d", (int) c));
      }
      at = end;
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return text();
  }
}
