package io.github.cofferdam.sandbox;

import io.github.cofferdam.documents.Text;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first two numbers of a kernel's version. */
record KernelVersion(int major, int minor) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})\\.(\\d{1,5})(\\D.*)?");

  /**
   * Reads {@code 6.18.0-rc3} and the like.
   *
   * @throws IllegalArgumentException if there are no two numbers
   */
  static KernelVersion parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a kernel version such as 4.8, found " + Text.quote(text));
    }
    return new KernelVersion(
        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  boolean atLeast(KernelVersion other) {
    return major > other.major || (major == other.major && minor >= other.minor);
  }
}
