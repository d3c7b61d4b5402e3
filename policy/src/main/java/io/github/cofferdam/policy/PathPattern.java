package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A path of a policy, read: where it begins, and its names.
 *
 * <p>A backslash takes a special meaning away from the character behind it, and {@code \xHH} is the
 * byte with that number: so every path of the file system has a text, whatever bytes are in it.
 *
 * @param home whether it begins at the home directory
 * @param absolute whether it begins at the root directory
 * @param names what follows; {@code .} and empty names are left out
 */
public record PathPattern(boolean home, boolean absolute, List<PathName> names) {
  /** The kernel takes no more. */
  private static final int LONGEST = 4095;

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  static PathPattern parse(String text) {
    boolean home = text.equals("~") || text.startsWith("~/");
    var names = new ArrayList<PathName>();
    int[] tokens = tokens(text, home ? 1 : 0);
    int start = 0;
    for (int i = 0; i <= tokens.length; i++) {
      if (i == tokens.length || tokens[i] == '/') {
        int[] name = Arrays.copyOfRange(tokens, start, i);
        if (name.length > 0 && !(name.length == 1 && name[0] == '.')) {
          names.add(new PathName(name));
        }
        start = i + 1;
      }
    }
    var pattern = new PathPattern(home, !home && tokens[0] == '/', List.copyOf(names));
    pattern.checkParents(text);
    return pattern;
  }

  /** {@return whether it names one path, and not all that match something} */
  public boolean isLiteral() {
    return literalNames() == names.size();
  }

  /** {@return the path that its literal names lead to, normal, links not looked at} */
  public Path beginning(Path base) {
    Path path = absolute ? Path.of("/") : base;
    for (PathName name : names.subList(0, literalNames())) {
      path = path.resolve(OsText.path(name.text()));
    }
    return path.normalize();
  }

  /** {@return the names from the first pattern on} */
  public List<PathName> rest() {
    return names.subList(literalNames(), names.size());
  }

  private int literalNames() {
    int count = 0;
    while (count < names.size() && names.get(count).isLiteral()) {
      count++;
    }
    return count;
  }

  private void checkParents(String text) {
    for (PathName name : rest()) {
      if (name.isLiteral() && name.text().equals("..")) {
        throw new IllegalArgumentException(
            "the path " + Text.quote(text) + " has .. behind a pattern; write where it leads");
      }
    }
  }

  /** Bytes and wildcards, from a place on. */
  private static int[] tokens(String text, int from) {
    var tokens = new ArrayList<Integer>();
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\\') {
        at = escaped(text, at + 1, tokens);
      } else if (c == '*' || c == '?') {
        tokens.add(c == '*' ? PathName.ANY : PathName.ONE);
        at++;
      } else {
        int end = at + Character.charCount(text.codePointAt(at));
        for (byte b : OsText.encode(text.substring(at, end))) {
          tokens.add(b & 0xff);
        }
        at = end;
      }
    }
    if (tokens.size() > LONGEST) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " is longer than any path can be: "
              + LONGEST
              + " bytes");
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** {@return the place after what follows a backslash, which is read} */
  private static int escaped(String text, int at, List<Integer> tokens) {
    char c = at < text.length() ? text.charAt(at) : '\0';
    if (c == 'x') {
      boolean number =
          at + 2 < text.length()
              && HexFormat.isHexDigit(text.charAt(at + 1))
              && HexFormat.isHexDigit(text.charAt(at + 2));
      int value = number ? HexFormat.fromHexDigits(text, at + 1, at + 3) : 0;
      if (value == 0 || value == '/') {
        throw new IllegalArgumentException(
            "the path "
                + Text.quote(text)
                + " has \\x in it without two hexadecimal digits of a byte that a name can have");
      }
      tokens.add(value);
      return at + 3;
    }
    if (c <= ' ' || c >= 0x7f || Character.isLetterOrDigit(c)) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " has a backslash in it that means nothing; write \\\\ for a backslash, \\* and \\?"
              + " for these characters, \\xHH for a byte (in TOML, '...' keeps backslashes as they"
              + " are)");
    }
    tokens.add((int) c);
    return at + 1;
  }
}
