package io.github.cofferdam.policy;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How large a regular expression is once its repetitions are written out, as RE2 writes them out:
 * {@code (a{100}){100}} is ten thousand letters. Counted from the text alone, before anything is
 * compiled, and never below the number of instructions that it would compile to.
 *
 * <p>What is no expression has a size as well; that it is none is for the compiler to say.
 */
final class PatternSize {
  /** Above any bound, and far enough below the largest number to be multiplied. */
  private static final long MOST = 1L << 40;

  private final String text;
  private final Deque<Group> outer = new ArrayDeque<>();
  private Group group = new Group(0);
  private int at;

  /** What stands between two parentheses. */
  private static final class Group {
    private final int own;
    private long alternatives;
    private long sequence;
    private long last;

    Group(int own) {
      this.own = own;
    }

    void add(long size) {
      sequence = Math.min(MOST, sequence + last);
      last = size;
    }

    void endAlternative() {
      // Another branch is an instruction of its own, and so is an empty one.
      alternatives = Math.min(MOST, alternatives + Math.max(1, sequence + last) + 1);
      sequence = 0;
      last = 0;
    }

    long size() {
      return Math.min(MOST, alternatives + Math.max(1, sequence + last) + own);
    }
  }

  private PatternSize(String text) {
    this.text = text;
  }

  /**
   * {@return the number of elements; what is too large for any use is some large number}
   *
   * @throws IllegalArgumentException if nothing bounds what it costs
   */
  static long of(String text) {
    return new PatternSize(text).size() + PatternClasses.cost(text);
  }

  private long size() {
    while (at < text.length()) {
      char c = text.charAt(at++);
      switch (c) {
        case '(' -> open();
        case ')' -> close();
        case '|' -> group.endAlternative();
        case '*', '+', '?' -> {
          // What may be empty, and repeated without end, is one or more, or else nothing.
          group.last += c == '*' ? 2 : 1;
          skipReluctant();
        }
        case '{' -> repeat();
        case '[' -> {
          skipClass();
          group.add(1);
        }
        case '\\' -> escape();
        default -> group.add(1);
      }
    }
    while (!outer.isEmpty()) {
      close();
    }
    // Begin and end.
    return group.size() + 2;
  }

  private void open() {
    if (at >= text.length() || text.charAt(at) != '?') {
      outer.push(group);
      group = new Group(2);
      return;
    }
    int name = text.startsWith("?P<", at) ? at + 3 : text.startsWith("?<", at) ? at + 2 : -1;
    if (name >= 0) {
      at = after('>', name);
      outer.push(group);
      group = new Group(2);
      return;
    }
    while (at < text.length() && text.charAt(at) != ':' && text.charAt(at) != ')') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == ':') {
      outer.push(group);
      group = new Group(0);
    }
    at++;
  }

  private void close() {
    if (outer.isEmpty()) {
      return;
    }
    long size = group.size();
    group = outer.pop();
    group.add(size);
  }

  /** What only looks like a repetition is a letter. */
  private void repeat() {
    int start = at;
    int least = number();
    int most = least;
    boolean endless = text.startsWith(",}", at);
    if (endless) {
      at++;
    } else if (text.startsWith(",", at)) {
      at++;
      most = number();
    }
    if (least < 0 || most < 0 || !text.startsWith("}", at)) {
      at = start;
      group.add(1);
      return;
    }
    at++;
    skipReluctant();
    long once = Math.max(1, group.last);
    long optional = endless ? 2 : Math.max(0, (long) most - least) * (once + 1);
    group.last = Math.min(MOST, Math.max(1, least * once + optional));
  }

  /** {@return a number, -1 if there is none}; one that begins with 0 is none. */
  private int number() {
    int start = at;
    int value = 0;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      value = Math.min(1_000_000, value * 10 + text.charAt(at++) - '0');
    }
    boolean zero = at > start + 1 && text.charAt(start) == '0';
    return at == start || zero ? -1 : value;
  }

  private void skipReluctant() {
    if (at < text.length() && text.charAt(at) == '?') {
      at++;
    }
  }

  private void skipClass() {
    if (at < text.length() && text.charAt(at) == '^') {
      at++;
    }
    // A bracket that comes first is one of the class's characters.
    for (int first = at; at < text.length() && (at == first || text.charAt(at) != ']'); ) {
      skipInClass();
    }
    at++;
  }

  private void skipInClass() {
    int named = text.startsWith("[:", at) ? text.indexOf(":]", at + 2) : -1;
    char c = text.charAt(at);
    char next = at + 1 < text.length() ? text.charAt(at + 1) : c;
    if (named >= 0) {
      at = named + 2;
    } else if (c == '\\' && (next == 'p' || next == 'P')) {
      at = text.startsWith("{", at + 2) ? after('}', at) : at + 3;
    } else if (c == '\\' && "dDsSwW".indexOf(next) >= 0) {
      at += 2;
    } else {
      at += c == '\\' ? 2 : 1;
      // What ends a range begins nothing else.
      boolean range = text.startsWith("-", at) && !text.startsWith("-]", at);
      at += range ? text.startsWith("\\", at + 1) ? 3 : 2 : 0;
    }
  }

  private void escape() {
    char c = at < text.length() ? text.charAt(at++) : 'a';
    if (c == 'Q') {
      int end = text.indexOf("\\E", at);
      int stop = end < 0 ? text.length() : end;
      for (; at < stop; at++) {
        group.add(1);
      }
      at = end < 0 ? stop : end + 2;
      return;
    }
    boolean property = c == 'p' || c == 'P';
    if ((property || c == 'x') && text.startsWith("{", at)) {
      at = after('}', at);
    } else if (property) {
      at++;
    }
    group.add(1);
  }

  private int after(char c, int from) {
    int found = text.indexOf(c, from);
    return found < 0 ? text.length() : found + 1;
  }
}
