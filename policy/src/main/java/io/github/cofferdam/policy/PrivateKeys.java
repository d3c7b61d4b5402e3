package io.github.cofferdam.policy;

import java.util.List;

/** Private keys as files have them: PEM, and PuTTY's own format. */
final class PrivateKeys {
  private static final List<String> KEYS =
      List.of("PRIVATE KEY", "PuTTY-User-Key-File-", "OPENSSH PRIVATE");

  private PrivateKeys() {}

  /** {@return whether there is one somewhere in it} */
  static boolean areIn(String text) {
    if (text.contains("-----BEGIN ") || text.contains("PuTTY")) {
      for (String key : KEYS) {
        if (text.contains(key)) {
          return true;
        }
      }
    }
    return false;
  }
}
