package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamePatternTest {
  /** All texts of at most so many of some characters. */
  private static List<String> texts(String characters, int length) {
    var all = new ArrayList<>(List.of(""));
    for (int i = 0; i < all.size(); i++) {
      String text = all.get(i);
      if (text.length() < length) {
        for (int c = 0; c < characters.length(); c++) {
          all.add(text + characters.charAt(c));
        }
      }
    }
    return all;
  }

  @Test
  void matchesAsARegularExpressionWould() {
    List<String> names = texts("ab", 5);
    for (String pattern : texts("ab*", 5)) {
      String regex = pattern.replace("*", ".*");
      for (String name : names) {
        assertEquals(
            name.matches(regex), NamePattern.matches(pattern, name), () -> pattern + " " + name);
      }
    }
  }

  @Test
  void letterCaseCounts() {
    assertEquals(false, NamePattern.matches("A*", "ab"));
    assertEquals(true, NamePattern.matches("*a*", "bab"));
  }
}
