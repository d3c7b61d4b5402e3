package io.github.cofferdam.policy;

/** Text that looks drawn by lot, as passwords, keys and tokens of no known kind do. */
final class RandomStrings {
  private static final int SMALL = 1;
  private static final int CAPITAL = 2;
  private static final int DIGIT = 4;
  private static final int SEPARATOR = 8;

  private RandomStrings() {}

  /** {@return whether the whole of it is, or one side of its only colon} */
  static boolean isOne(String text) {
    int colon = text.indexOf(':');
    if (colon >= 0 && text.indexOf(':', colon + 1) < 0) {
      return isRandom(text, 0, colon) || isRandom(text, colon + 1, text.length());
    }
    return isRandom(text, 0, text.length());
  }

  /**
   * Small letters, capitals and digits that change places as often as they do by chance. In names
   * that people make they do half as often, if a capital before small letters is not counted, and
   * much more stands between the words.
   */
  private static boolean isRandom(String text, int from, int to) {
    int length = to - from;
    if (length < 20 || length > 1024 || text.charAt(from) == '/') {
      return false;
    }
    var seen = new boolean[128];
    int distinct = 0;
    int changes = 0;
    int kinds = 0;
    int separators = 0;
    int last = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int kind = kind(c);
      if (kind == 0) {
        return false;
      }
      kinds |= kind;
      separators += kind == SEPARATOR ? 1 : 0;
      boolean word = kind == SMALL && last == CAPITAL;
      changes += kind != last && last != 0 && kind != SEPARATOR && !word ? 1 : 0;
      last = kind == SEPARATOR ? 0 : kind;
      distinct += seen[c] ? 0 : 1;
      seen[c] = true;
    }
    return (kinds & (SMALL | CAPITAL | DIGIT)) == (SMALL | CAPITAL | DIGIT)
        && changes * 100 >= 30 * (length - separators - 1)
        && separators * 100 <= 12 * length
        && distinct * 2 >= Math.min(length, 32);
  }

  private static int kind(char c) {
    if (c >= 'a' && c <= 'z') {
      return SMALL;
    }
    if (c >= 'A' && c <= 'Z') {
      return CAPITAL;
    }
    if (c >= '0' && c <= '9') {
      return DIGIT;
    }
    return c == '+' || c == '/' || c == '=' || c == '-' || c == '_' ? SEPARATOR : 0;
  }
}
