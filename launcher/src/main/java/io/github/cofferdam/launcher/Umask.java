package io.github.cofferdam.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The permissions that files never get when the command makes them: those that this process leaves
 * out, and in any case writing by group and others. A service that was started without a mask does
 * not pass that on, and a user's own stricter mask holds inside as well.
 */
public final class Umask {
  /** Write permission of group and others. */
  private static final int LEAST = 0022;

  /** All permissions of group and others. */
  private static final int STRICT = 0077;

  /** It is set when a process starts, and the virtual machine never changes it. */
  private static final SetupProgram PROGRAM = program(LEAST | own());

  private Umask() {}

  /** {@return the step that sets the mask, with umask(2)} */
  public static SetupProgram program() {
    return PROGRAM;
  }

  private static SetupProgram program(int mask) {
    return SetupProgram.of(
        Step.of(
            "umask", "set the file mode mask", Arg.of(mask, "0" + Integer.toOctalString(mask))));
  }

  /** The call that tells it also changes it, for all threads, so the kernel's text is read. */
  private static int own() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Umask:")) {
          return Integer.parseInt(line.substring(6).strip(), 8);
        }
      }
    } catch (IOException e) {
      // No /proc: whoever cannot know it takes the strictest.
    }
    return STRICT;
  }
}
