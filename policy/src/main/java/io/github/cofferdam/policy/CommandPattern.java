package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.libraries.re2j.Pattern;
import io.github.cofferdam.libraries.re2j.PatternSyntaxException;

/**
 * The only door to RE2/J for command rules, so that its classes are loaded only where a policy has
 * rules.
 *
 * <p>RE2 runs in time linear in the text. java.util.regex does not: {@code (a+)+$} on forty letters
 * would stop a run.
 */
final class CommandPattern {
  /** In characters, as written. */
  static final int MAX_LENGTH = 1000;

  /**
   * In elements, with all repetitions written out. Bounds the automaton, before there is one:
   * compiling it takes up to half a kilobyte of stack for each, and matching the text's length
   * times this.
   */
  static final int MAX_SIZE = 1200;

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
    long size = PatternSize.of(text);
    if (size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "the pattern "
              + Text.quote(text)
              + " has "
              + (size > 1_000_000 ? "more than 1000000" : size)
              + " elements when its repetitions are written out; at most "
              + MAX_SIZE
              + " are allowed");
    }
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
