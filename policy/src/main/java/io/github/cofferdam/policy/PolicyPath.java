package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.HiddenCharacters;
import io.github.cofferdam.documents.RawText;
import io.github.cofferdam.documents.Text;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Paths as people write them in a policy; {@link PathPattern} says what a backslash means.
 *
 * <p>Only {@code ~} and {@code ~/...} are expanded. In grants that is the home directory of the
 * password database, never {@code $HOME}: whoever sets a variable must not be able to move a grant.
 * What is denied is denied in both.
 */
public final class PolicyPath {
  private PolicyPath() {}

  /**
   * Checks the form of the path of a grant.
   *
   * @throws IllegalArgumentException when the text is empty, has control or invisible characters, a
   *     pattern or a backslash that means nothing, or asks for an expansion that does not exist
   */
  static void check(String text) {
    requireLiteral(text, read(text));
  }

  /**
   * Checks the form of the path of a grant that need not be there if it ends in {@code ?}.
   *
   * @throws IllegalArgumentException as {@link #check}
   */
  static void checkGrant(String text) {
    check(granted(text));
  }

  /** {@return whether the path of a grant need not be there}: it ends in a question mark */
  public static boolean isOptional(String text) {
    int backslashes = 0;
    while (backslashes < text.length() - 1
        && text.charAt(text.length() - 2 - backslashes) == '\\') {
      backslashes++;
    }
    return text.length() > 1 && text.endsWith("?") && backslashes % 2 == 0;
  }

  /** {@return whether it begins in the workspace} */
  static boolean isRelative(String text) {
    return !text.startsWith("/") && !text.startsWith("~");
  }

  /** {@return the path of a grant itself, without what says that it need not be there} */
  public static String granted(String text) {
    return isOptional(text) ? text.substring(0, text.length() - 1) : text;
  }

  /**
   * Checks the form of a path that is denied, which may be a pattern.
   *
   * @throws IllegalArgumentException as {@link #check}
   */
  static void checkBlocked(String text) {
    read(text);
  }

  /**
   * {@return the text with each byte that is not UTF-8 written as {@code \xHH}}, as a file of a
   * policy has to have it; {@link OsText} has them as lone surrogates
   */
  static String canonical(String text) {
    int at = RawText.unpairedSurrogate(text);
    if (at < 0) {
      return text;
    }
    var out = new StringBuilder();
    int from = 0;
    while (at >= 0) {
      char c = text.charAt(at);
      out.append(text, from, at);
      out.append(RawText.isByte(c) ? OsText.show(String.valueOf(c)) : String.valueOf(c));
      from = at + 1;
      at = RawText.unpairedSurrogate(text, from);
    }
    return out.append(text, from, text.length()).toString();
  }

  /** {@return a text that means exactly this path} */
  static String of(Path path) {
    String text = OsText.show(path).replace("*", "\\*").replace("?", "\\?").replace("${", "$\\{");
    return text.startsWith("~") ? "\\" + text : text;
  }

  /**
   * Makes the path of a grant absolute and normal, textually: symbolic links are not looked at.
   *
   * @param text the path as written
   * @param base the absolute directory that relative paths start from
   * @param home the user's home directory, as {@link #home} finds it
   * @return an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException as {@link #check}, or when {@code ~} is used and no home is
   *     known
   */
  public static Path resolve(String text, Path base, Optional<Path> home) {
    PathPattern pattern = read(text);
    requireLiteral(text, pattern);
    if (!base.isAbsolute()) {
      throw new IllegalArgumentException("the base directory " + base + " is not absolute");
    }
    Path from = base;
    if (pattern.home()) {
      from = home.orElseThrow(() -> noHome(text));
      if (!from.isAbsolute()) {
        throw noHome(text);
      }
    }
    return pattern.beginning(from);
  }

  /** Reads a text that may be a pattern. */
  public static PathPattern read(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "a path is empty; write \".\" for the directory that the policy is used in");
    }
    int hidden = HiddenCharacters.indexIn(text, false);
    if (hidden >= 0) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " has the control or invisible character "
              + HiddenCharacters.name(text.charAt(hidden))
              + " in it");
    }
    String plain = canonical(text);
    Text.checkUnicode(plain);
    if (plain.contains("${")) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " has ${...} in it; variables are not expanded in paths");
    }
    if (plain.charAt(0) == '~' && plain.length() > 1 && plain.charAt(1) != '/') {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " names another user's home; only ~ and ~/... are expanded"
              + " (write ./~name for a file of that name)");
    }
    return PathPattern.parse(plain);
  }

  private static void requireLiteral(String text, PathPattern pattern) {
    if (!pattern.isLiteral()) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " is a pattern, and patterns are understood in filesystem.blocked only: what is"
              + " granted is named (write \\* and \\? for these characters in a name; one ? at the"
              + " end of a granted path says that it need not be there)");
    }
  }

  /** {@return the home directory of the user in the password database} */
  public static Optional<Path> home() {
    return PasswordDatabase.home();
  }

  /** {@return a home directory, empty when the text cannot be one} */
  public static Optional<Path> home(String text) {
    return text.startsWith("/") && text.indexOf('\0') < 0
        ? Optional.of(OsText.path(text).normalize())
        : Optional.empty();
  }

  /** {@return what is said of a path that begins with a home which nobody knows} */
  public static IllegalArgumentException noHome(String text) {
    return new IllegalArgumentException(
        "the path "
            + Text.quote(text)
            + " needs a home directory, and the password database has none for this user;"
            + " write the path in full");
  }
}
