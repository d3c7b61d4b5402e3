package io.github.cofferdam.policy;

import io.github.cofferdam.documents.HiddenCharacters;
import io.github.cofferdam.documents.Text;
import java.util.Collection;

/**
 * Names of environment variables, and patterns where {@code *} stands for any run of characters.
 */
final class NamePattern {
  /** Longer than any name that somebody uses; matching costs the product of both lengths. */
  private static final int MAX_LENGTH = 1000;

  private NamePattern() {}

  /** Refuses what cannot be the name of a variable. */
  static void check(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name of an environment variable is empty");
    }
    if (name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the environment variable name "
              + Text.quote(name)
              + " has "
              + name.length()
              + " characters; at most "
              + MAX_LENGTH
              + " are allowed");
    }
    if (name.indexOf('=') >= 0) {
      throw new IllegalArgumentException(
          "the environment variable name " + Text.quote(name) + " has '=' in it");
    }
    int hidden = HiddenCharacters.indexIn(name, false);
    if (hidden >= 0) {
      throw new IllegalArgumentException(
          "the environment variable name "
              + Text.quote(name)
              + " has the control or invisible character "
              + HiddenCharacters.name(name.charAt(hidden))
              + " in it");
    }
    Text.checkUnicode(name);
  }

  /** {@return whether a name matches any of the patterns; letter case counts} */
  static boolean matchesAny(Collection<String> patterns, String name) {
    for (String pattern : patterns) {
      if (matches(pattern, name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * {@return whether a whole name matches a pattern}
   *
   * <p>Only the last {@code *} is ever taken back, so the cost is at most the product of both
   * lengths.
   */
  static boolean matches(String pattern, String name) {
    // Nearly all patterns have one of three shapes, and every start asks for some thousand pairs.
    int first = pattern.indexOf('*');
    if (first < 0) {
      return pattern.equals(name);
    }
    int last = pattern.length() - 1;
    if (first == last) {
      return name.startsWith(pattern.substring(0, last));
    }
    if (first == 0) {
      int second = pattern.indexOf('*', 1);
      if (second < 0) {
        return name.endsWith(pattern.substring(1));
      }
      if (second == last) {
        return name.contains(pattern.substring(1, last));
      }
    }
    return matchesSlowly(pattern, name);
  }

  private static boolean matchesSlowly(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
