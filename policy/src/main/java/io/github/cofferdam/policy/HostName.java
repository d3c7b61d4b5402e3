package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;

/** The form of host names. */
final class HostName {
  /** As many as {@code sethostname(2)} takes. */
  private static final int LONGEST = 64;

  private HostName() {}

  /**
   * Checks a host name.
   *
   * @throws IllegalArgumentException when it is empty, too long or has other characters in it
   */
  static void check(String text) {
    boolean valid = !text.isEmpty() && text.length() <= LONGEST;
    for (int i = 0; i < text.length() && valid; i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      valid = letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    }
    if (!valid) {
      throw new IllegalArgumentException(
          Text.quote(text)
              + " is not a host name: 1 to 64 letters, digits, dots, hyphens and underscores");
    }
  }
}
