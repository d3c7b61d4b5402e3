package io.github.cofferdam.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The release of this machine's kernel, for what a test cannot ask the kernel for by itself. */
public final class KernelRelease {
  private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+).*");

  private KernelRelease() {}

  /** {@return whether this kernel is of a release or a later one} */
  public static boolean isAtLeast(int major, int minor) {
    Matcher release = NUMBERS.matcher(System.getProperty("os.version"));
    if (!release.matches()) {
      return true;
    }
    int first = Integer.parseInt(release.group(1));
    int second = Integer.parseInt(release.group(2));
    return first > major || (first == major && second >= minor);
  }

  /** Skips a test on older kernels, and says what they have not. */
  public static void assumeAtLeast(int major, int minor, String what) {
    assumeTrue(isAtLeast(major, minor), () -> what + " needs Linux " + major + "." + minor);
  }
}
