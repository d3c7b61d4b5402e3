package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;

/**
 * Ports from one to another.
 *
 * @param first the first of them
 * @param last the last of them
 */
public record PortRange(int first, int last) {
  /** The highest port. */
  public static final int MAX = 65_535;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if they are none from 1 to 65535, or in the wrong order
   */
  public PortRange {
    if (first < 1 || last > MAX || last < first) {
      throw new IllegalArgumentException(
          "ports are 1 to 65535, not " + first + (first == last ? "" : "-" + last));
    }
  }

  /**
   * {@return the range of one port}
   *
   * @throws IllegalArgumentException if it is none from 1 to 65535
   */
  public static PortRange of(int port) {
    return new PortRange(port, port);
  }

  /**
   * {@return the range of a text, such as {@code 443} or {@code 8000-8999}}
   *
   * @throws IllegalArgumentException if it is none
   */
  public static PortRange parse(String text) {
    if (!isRange(text)) {
      throw new IllegalArgumentException(
          Text.quote(text) + " is neither a port nor two with a hyphen between them");
    }
    int hyphen = text.indexOf('-');
    int first = Integer.parseInt(hyphen < 0 ? text : text.substring(0, hyphen));
    return new PortRange(first, hyphen < 0 ? first : Integer.parseInt(text.substring(hyphen + 1)));
  }

  /** {@return whether a text has the form of a port, whatever the number} */
  static boolean isPort(String text) {
    return text.matches("[0-9]{1,5}");
  }

  /** {@return whether a text has the form of a port or of two, whatever the numbers} */
  static boolean isRange(String text) {
    return text.matches("[0-9]{1,5}(-[0-9]{1,5})?");
  }

  /** {@return whether a port is one of them} */
  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  /** {@return the port, or the first and the last with a hyphen between them} */
  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
