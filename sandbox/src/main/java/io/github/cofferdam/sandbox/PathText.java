package io.github.cofferdam.sandbox;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Paths as people write them in a policy.
 *
 * <p>Only {@code ~} and {@code ~/...} are expanded, and from the password database, never from
 * {@code $HOME}: whoever sets a variable must not be able to move a grant.
 */
final class PathText {
  private PathText() {}

  /**
   * Checks the form of a path.
   *
   * @throws IllegalArgumentException when the text is empty, has control or invisible characters,
   *     or asks for an expansion that does not exist
   */
  static void check(String text) {
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
    Text.checkUnicode(text);
    if (text.contains("${")) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " has ${...} in it; variables are not expanded in paths");
    }
    if (text.charAt(0) == '~' && text.length() > 1 && text.charAt(1) != '/') {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " names another user's home; only ~ and ~/... are expanded"
              + " (write ./~name for a file of that name)");
    }
  }

  /**
   * Makes a path absolute and normal, textually: symbolic links are not looked at.
   *
   * @param text the path as written
   * @param base the absolute directory that relative paths start from
   * @param home the user's home directory, as {@link #home} finds it
   * @return an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException as {@link #check}, or when {@code ~} is used and no home is
   *     known
   */
  static Path resolve(String text, Path base, Optional<Path> home) {
    check(text);
    if (!base.isAbsolute()) {
      throw new IllegalArgumentException("the base directory " + base + " is not absolute");
    }
    try {
      if (text.charAt(0) == '~') {
        Path directory = home.orElseThrow(() -> noHome(text));
        if (!directory.isAbsolute()) {
          throw noHome(text);
        }
        int rest = 1;
        while (rest < text.length() && text.charAt(rest) == '/') {
          rest++;
        }
        return directory.resolve(text.substring(rest)).normalize();
      }
      return base.resolve(text).normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "the path "
              + Text.quote(text)
              + " cannot be written in this system's file name encoding ("
              + e.getReason()
              + ")",
          e);
    }
  }

  /**
   * {@return the home directory of the user in the password database}
   *
   * <p>The JVM reads it with {@code getpwuid} at start and says {@code ?} when there is no entry.
   */
  static Optional<Path> home() {
    return home(System.getProperty("user.home", ""));
  }

  /** {@return a home directory, empty when the text cannot be one} */
  static Optional<Path> home(String text) {
    if (!text.startsWith("/") || HiddenCharacters.indexIn(text, false) >= 0) {
      return Optional.empty();
    }
    return Optional.of(Path.of(text));
  }

  private static IllegalArgumentException noHome(String text) {
    return new IllegalArgumentException(
        "the path "
            + Text.quote(text)
            + " needs a home directory, and the password database has none for this user;"
            + " write the path in full");
  }
}
