package io.github.cofferdam.documents;

/**
 * A quick look at a TOML text before the real parser sees it. It bounds what the parser can be made
 * to do: nesting, the number of things to report, and text that never ends.
 */
final class TomlScan {
  /** Deeper than any policy needs; keeps recursion far from the end of the stack. */
  static final int MAX_DEPTH = 32;

  /**
   * Lines, keys and values together. The parser needs about 50 microseconds for each that is wrong.
   */
  static final int MAX_TOKENS = 15_000;

  private final String text;
  private final Problems problems;
  private int position;
  private int line = 1;
  private int lineStart;
  private int depth;
  private int tokens;

  private TomlScan(String text, Problems problems) {
    this.text = text;
    this.problems = problems;
  }

  /** Adds at most one problem. */
  static void check(String text, Problems problems) {
    new TomlScan(text, problems).run();
  }

  private void run() {
    int nul = text.indexOf('\0');
    while (position < text.length()) {
      if (position == nul) {
        report(position, "NUL character");
        return;
      }
      char c = text.charAt(position);
      switch (c) {
        case '#' -> skipComment();
        case '"', '\'' -> {
          tokens++;
          if (!skipString(c, nul)) {
            return;
          }
        }
        case '[', '{' -> {
          tokens++;
          if (++depth > MAX_DEPTH) {
            report(position, "nested more than " + MAX_DEPTH + " levels deep");
            return;
          }
          position++;
        }
        case ']', '}' -> {
          depth = Math.max(0, depth - 1);
          position++;
        }
        case ',', '=', '.' -> {
          tokens++;
          position++;
        }
        case '\n' -> newline();
        default -> position++;
      }
      if (tokens > MAX_TOKENS) {
        report(position - 1, "more than " + MAX_TOKENS + " lines, keys and values");
        return;
      }
    }
  }

  private void skipComment() {
    while (position < text.length()
        && text.charAt(position) != '\n'
        && text.charAt(position) != '\0') {
      position++;
    }
  }

  /**
   * Passes a string; false when a problem was reported. A one-line string ends with its line at the
   * latest.
   */
  private boolean skipString(char quote, int nul) {
    int open = position;
    int openLine = line;
    int openStart = lineStart;
    boolean many = text.startsWith(String.valueOf(quote).repeat(3), position);
    position += many ? 3 : 1;
    while (position < text.length()) {
      char c = text.charAt(position);
      if (position == nul) {
        report(position, "NUL character");
        return false;
      }
      if (c == '\n') {
        if (!many) {
          return true;
        }
        newline();
      } else if (c == '\\' && quote == '"') {
        // Not past a line break: it ends a one-line string, and lines are counted above.
        position += position + 1 < text.length() && text.charAt(position + 1) != '\n' ? 2 : 1;
      } else if (c == quote && !many) {
        position++;
        return true;
      } else if (c == quote && text.startsWith(String.valueOf(quote).repeat(3), position)) {
        position += 3;
        // Up to two quotes may stand before the closing three.
        for (int i = 0; i < 2 && position < text.length() && text.charAt(position) == quote; i++) {
          position++;
        }
        return true;
      } else {
        position++;
      }
    }
    if (many) {
      line = openLine;
      lineStart = openStart;
      report(open, "the string that opens here is never closed");
      return false;
    }
    return true;
  }

  private void newline() {
    tokens++;
    line++;
    position++;
    lineStart = position;
  }

  private void report(int at, String message) {
    int column = at < lineStart ? 1 : text.codePointCount(lineStart, at) + 1;
    problems.add(line, column, null, message);
  }
}
