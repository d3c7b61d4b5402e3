package io.github.cofferdam.bindings;

import java.io.IOException;
import java.nio.file.Path;

/**
 * This process's working directory, from the kernel: the virtual machine's own copy has lost what
 * the locale's encoding does not know, and a relative path that it makes absolute leads elsewhere
 * then.
 */
public final class WorkingDirectory {
  private static final Path LINK = Path.of("/proc/self/cwd");

  private WorkingDirectory() {}

  /**
   * {@return the directory}
   *
   * @throws IOException if it has no path any more
   */
  public static Path path() throws IOException {
    return LINK.toRealPath();
  }

  /**
   * {@return a path that leads where this one is meant to lead}: itself, unless it is relative and
   * the virtual machine would look for it elsewhere
   *
   * @throws IOException if that takes the working directory, which has no path any more
   */
  public static Path reach(Path path) throws IOException {
    return path.isAbsolute() || isAscii(System.getProperty("user.dir", "?"))
        ? path
        : path().resolve(path);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }
}
