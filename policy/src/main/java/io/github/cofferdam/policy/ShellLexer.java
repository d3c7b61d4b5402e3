package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits shell text into the simple commands in it, with quotes, escapes and line continuations
 * undone.
 *
 * <p>It is not a shell. It reads everything that could be a command as one: both sides of every
 * operator, what stands in {@code $(...)}, in backquotes, in subshells, and each line of a
 * here-document. Variables are left as they are, except {@code $IFS}, which is white space. Reading
 * too much as a command costs a needless refusal at worst.
 */
final class ShellLexer {
  private final String text;
  private final List<List<String>> commands = new ArrayList<>();
  private final List<String> nested = new ArrayList<>();
  private List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean inWord;
  private boolean redirect;
  private boolean hereString;
  private int position;

  private ShellLexer(String text) {
    this.text = text;
  }

  /**
   * Simple commands, and texts in them that may be commands in turn.
   *
   * @param commands words of each simple command
   * @param nested shell texts from command substitutions and here-strings
   */
  record Script(List<List<String>> commands, List<String> nested) {}

  /** {@return the commands of a shell text} */
  static Script read(String text) {
    ShellLexer lexer = new ShellLexer(text);
    lexer.run();
    return new Script(lexer.commands, lexer.nested);
  }

  /** {@return one word with quotes and escapes undone, and without looking for operators} */
  static String unquote(String text) {
    ShellLexer lexer = new ShellLexer(text);
    while (lexer.position < text.length()) {
      if (!lexer.quoted() && !lexer.separator()) {
        lexer.word.append(text.charAt(lexer.position++));
      }
    }
    return lexer.word.toString();
  }

  private void run() {
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '#' && !inWord) {
        skipLine();
      } else if (c == '$' && text.startsWith("$(", position)) {
        substitution(')', 2);
      } else if (c == '`') {
        substitution('`', 1);
      } else if (c == '$' && separatorLength() > 0) {
        position += separatorLength();
        endWord();
      } else if (quoted()) {
        inWord = true;
      } else if (c == ' ' || c == '\t') {
        endWord();
        position++;
      } else if (c == '<' || c == '>') {
        redirection();
      } else if (";&|\n\r()".indexOf(c) >= 0) {
        endCommand();
        position++;
      } else {
        word.append(c);
        inWord = true;
        position++;
      }
    }
    endCommand();
  }

  private void skipLine() {
    while (position < text.length() && text.charAt(position) != '\n') {
      position++;
    }
  }

  /** Takes a redirection's operator; the next word is a file name and not an argument. */
  private void redirection() {
    if (text.startsWith("<(", position) || text.startsWith(">(", position)) {
      endCommand();
      position += 2;
      return;
    }
    if (inWord && isNumber(word)) {
      word.setLength(0);
      inWord = false;
    }
    endWord();
    if (text.startsWith("<<<", position)) {
      position += 3;
      hereString = true;
      return;
    }
    while (position < text.length() && "<>&|-".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
    redirect = true;
  }

  private static boolean isNumber(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private void endWord() {
    if (inWord && hereString) {
      nested.add(word.toString());
    } else if (inWord && !redirect) {
      words.add(word.toString());
    }
    redirect = redirect && !inWord;
    hereString = hereString && !inWord;
    word.setLength(0);
    inWord = false;
  }

  private void endCommand() {
    endWord();
    redirect = false;
    hereString = false;
    if (!words.isEmpty()) {
      commands.add(words);
      words = new ArrayList<>();
    }
  }

  /**
   * Keeps the text of a command substitution aside, and a mark for its unknown result in the word.
   */
  private void substitution(char close, int open) {
    int depth = 1;
    int start = position + open;
    int end = start;
    while (end < text.length()) {
      char c = text.charAt(end);
      if (c == '\\') {
        end++;
      } else if (c == close && --depth == 0) {
        break;
      } else if (c == '(' && close == ')') {
        depth++;
      }
      end++;
    }
    end = Math.min(end, text.length());
    nested.add(text.substring(start, end));
    position = Math.min(end + 1, text.length());
    word.append("$()");
    inWord = true;
  }

  /** Takes one quoted part or escape; false when there is none here. */
  private boolean quoted() {
    char c = text.charAt(position);
    if (c == '\\') {
      // A backslash before a line break joins the lines.
      if (position + 1 < text.length() && text.charAt(position + 1) != '\n') {
        word.append(text.charAt(position + 1));
      }
      position = Math.min(position + 2, text.length());
      return true;
    }
    if (c == '\'') {
      int end = text.indexOf('\'', position + 1);
      end = end < 0 ? text.length() : end;
      word.append(text, position + 1, end);
      position = Math.min(end + 1, text.length());
      return true;
    }
    if (c == '$' && text.startsWith("$'", position)) {
      position = AnsiQuote.append(text, position + 2, word);
      return true;
    }
    if (c == '"' || text.startsWith("$\"", position)) {
      position += c == '"' ? 1 : 2;
      doubleQuoted();
      return true;
    }
    return false;
  }

  private void doubleQuoted() {
    while (position < text.length() && text.charAt(position) != '"') {
      char c = text.charAt(position);
      if (c == '\\' && position + 1 < text.length()) {
        char next = text.charAt(position + 1);
        if ("\\\"$`".indexOf(next) < 0 && next != '\n') {
          word.append(c);
        }
        if (next != '\n') {
          word.append(next);
        }
        position += 2;
      } else if (text.startsWith("$(", position)) {
        substitution(')', 2);
      } else if (c == '`') {
        substitution('`', 1);
      } else {
        word.append(c);
        position++;
      }
    }
    position = Math.min(position + 1, text.length());
  }

  /** Takes {@code $IFS} or a tab as a space; false when there is neither. */
  private boolean separator() {
    int length = separatorLength();
    if (length == 0 && text.charAt(position) != '\t') {
      return false;
    }
    position += Math.max(length, 1);
    word.append(' ');
    return true;
  }

  /** {@return how long the variable IFS is written here, 0 when it is not here} */
  private int separatorLength() {
    if (text.startsWith("${IFS", position)) {
      int end = text.indexOf('}', position);
      return end < 0 ? 0 : end + 1 - position;
    }
    if (text.startsWith("$IFS", position)) {
      int end = position + 4;
      boolean longer =
          end < text.length()
              && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_');
      return longer ? 0 : 4;
    }
    return 0;
  }
}
