package io.github.cofferdam.bindings;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first two numbers of a kernel's version, as {@code uname(2)} gives it.
 *
 * @param major the first, such as 6
 * @param minor the second, such as 18
 */
public record KernelVersion(int major, int minor) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})\\.(\\d{1,5})(\\D.*)?");

  /**
   * Reads {@code 6.18.0-rc3} and the like.
   *
   * @throws IllegalArgumentException if there are no two numbers
   */
  public static KernelVersion parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a kernel version such as 4.8, found \"" + OsText.show(text) + "\"");
    }
    return new KernelVersion(
        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** {@return whether this version is another one or newer} */
  public boolean atLeast(KernelVersion other) {
    return major > other.major || (major == other.major && minor >= other.minor);
  }
}
