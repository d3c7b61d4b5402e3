package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words that a variable's name is made of: {@code MY_KEY_1}, {@code apiKey} and {@code
 * githubToken2} are {@code MY KEY}, {@code API KEY} and {@code GITHUB TOKEN}.
 */
final class NameWords {
  private NameWords() {}

  /**
   * {@return the words, in upper case} What is no letter separates them, and so does a capital
   * after a small letter, or before one.
   */
  static List<String> of(String name) {
    var words = new ArrayList<String>();
    int start = 0;
    for (int i = 0; i <= name.length(); i++) {
      boolean letter = i < name.length() && Character.isLetter(name.charAt(i));
      if (!letter || startsWord(name, start, i)) {
        if (i > start) {
          words.add(name.substring(start, i).toUpperCase(Locale.ROOT));
        }
        start = letter ? i : i + 1;
      }
    }
    return words;
  }

  private static boolean startsWord(String name, int start, int i) {
    if (i == start || !Character.isUpperCase(name.charAt(i))) {
      return false;
    }
    boolean beforeSmall = i + 1 < name.length() && Character.isLowerCase(name.charAt(i + 1));
    return Character.isLowerCase(name.charAt(i - 1)) || beforeSmall;
  }
}
