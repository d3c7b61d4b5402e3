package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What character classes cost to compile, over the one element that each is: tables of Unicode, and
 * the other case of all that lies between two letters.
 */
final class PatternClasses {
  /** In elements. A table has hundreds of ranges, and a range may have all characters there are. */
  private static final long TABLE = 20;

  private static final long FOLDED_RANGE = 100;

  /** A range of fewer characters is nothing. */
  private static final int LATIN = 0xff;

  /**
   * RE2/J 1.8 never comes to an end with the other cases of these: their capitals have other small
   * letters in Java's tables, and it goes round until it meets the first again.
   */
  private static final int FIRST_ENDLESS = 0x1c80;

  private static final int LAST_ENDLESS = 0x1c88;

  private static final Pattern IGNORES_CASE = Pattern.compile("\\(\\?[a-zA-Z-]*i");
  private static final Pattern CHARACTER =
      Pattern.compile("\\\\x\\{(\\p{XDigit}*)}|\\\\(.)|(.)", Pattern.DOTALL);

  private PatternClasses() {}

  /**
   * {@return elements to add to a pattern's size}
   *
   * @throws IllegalArgumentException if it could not be compiled in any time
   */
  static long cost(String text) {
    long cost = 0;
    for (int at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 2)) {
      cost += text.startsWith("p", at + 1) || text.startsWith("P", at + 1) ? TABLE : 0;
    }
    return cost + (IGNORES_CASE.matcher(text).find() ? folding(characters(text)) : 0);
  }

  /** Whether it stands in a class is not asked: outside, three characters that look so are rare. */
  private static long folding(List<Integer> characters) {
    long cost = 0;
    for (int i = 0; i < characters.size(); i++) {
      int first = characters.get(i);
      boolean range = i + 2 < characters.size() && characters.get(i + 1) == '-';
      int last = range ? characters.get(i + 2) : first;
      if (first <= LAST_ENDLESS && last >= FIRST_ENDLESS) {
        throw new IllegalArgumentException(
            "an expression that ignores case, (?i), cannot have the characters U+1C80 to U+1C88 in"
                + " it, nor a range around them");
      }
      cost += last > first && last > LATIN ? FOLDED_RANGE : 0;
    }
    return cost;
  }

  private static List<Integer> characters(String text) {
    var characters = new ArrayList<Integer>();
    Matcher matcher = CHARACTER.matcher(text);
    while (matcher.find()) {
      String hexadecimal = matcher.group(1);
      String escaped = matcher.group(2);
      characters.add(
          hexadecimal != null
              ? codePoint(hexadecimal)
              : (escaped != null ? escaped : matcher.group(3)).codePointAt(0));
    }
    return characters;
  }

  private static int codePoint(String hexadecimal) {
    try {
      return Integer.parseInt(hexadecimal, 16);
    } catch (NumberFormatException e) {
      return Character.MAX_CODE_POINT;
    }
  }
}
