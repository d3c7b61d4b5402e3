package io.github.cofferdam.policy;

/** The characters that names, tokens and numbers consist of. */
final class TokenText {
  private TokenText() {}

  static boolean isNumber(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  static boolean hasDigit(String text) {
    return text.chars().anyMatch(c -> c >= '0' && c <= '9');
  }

  static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-';
  }

  static boolean isTokenCharacter(char c) {
    return isNameCharacter(c) || c == '.' || c == '+' || c == '~';
  }

  static boolean isBearerCharacter(char c) {
    return isTokenCharacter(c) || c == '/' || c == '=';
  }

  /** Letters and digits both: {@code key-bindings-of-my-terminal-emulator} is none. */
  static boolean isMixed(String text, int from, int to) {
    boolean letter = false;
    boolean digit = false;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      digit |= c >= '0' && c <= '9';
      letter |= Character.isLetter(c);
    }
    return letter && digit;
  }
}
