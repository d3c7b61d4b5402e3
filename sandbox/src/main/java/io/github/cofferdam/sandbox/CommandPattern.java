package io.github.cofferdam.sandbox;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * The only door to RE2/J for command rules, so that its classes are loaded only where a policy has
 * rules.
 *
 * <p>RE2 runs in time linear in the text. java.util.regex does not: {@code (a+)+$} on forty letters
 * would stop a run.
 */
final class CommandPattern {
  /** Bounds the automaton; matching costs text length times pattern length. */
  static final int MAX_LENGTH = 1000;

  private final Pattern pattern;

  CommandPattern(String pattern) {
    this.pattern = compile(pattern);
  }

  /** {@return whether the expression is found anywhere in the text} */
  boolean find(String text) {
    return pattern.matcher(text).find();
  }

  /** Checks that a text is an expression, with a message that says where it is not. */
  static void check(String text) {
    var _ = compile(text);
  }

  private static Pattern compile(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "the pattern is empty and would match every command; write \".*\" if that is meant");
    }
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the pattern has "
              + text.length()
              + " characters; at most "
              + MAX_LENGTH
              + " are allowed");
    }
    Text.checkUnicode(text);
    try {
      // DOTALL: otherwise a line break inside an argument would hide the rest of the line from
      // ".*".
      return Pattern.compile(text, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(message(text, e), e);
    }
  }

  private static String message(String text, PatternSyntaxException e) {
    StringBuilder message =
        new StringBuilder("invalid regular expression ").append(Text.quote(text));
    message.append(": ").append(e.getDescription());
    String part = e.getPattern();
    int at = part == null || part.equals(text) ? -1 : text.indexOf(part);
    if (at >= 0) {
      message.append(" near ").append(Text.quote(part)).append(" at character ").append(at + 1);
    }
    if (usesBacktracking(text)) {
      message.append(
          "; look-around and back-references do not exist in linear-time (RE2) expressions");
    }
    return message.toString();
  }

  private static boolean usesBacktracking(String text) {
    if (text.contains("(?=") || text.contains("(?!") || text.contains("(?<=")) {
      return true;
    }
    if (text.contains("(?<!") || text.contains("(?>") || text.contains("\\k<")) {
      return true;
    }
    for (int i = 0; i + 1 < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        if (text.charAt(i + 1) >= '1' && text.charAt(i + 1) <= '9') {
          return true;
        }
        i++;
      }
    }
    return false;
  }
}
