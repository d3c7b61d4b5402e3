package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.OsText;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where a command's file is looked for, as {@code execvp(3)} does it, with the PATH that the
 * command will see.
 */
public final class ExecutableSearch {
  /** confstr(_CS_PATH) of glibc, which execvp(3) uses where PATH is not set. */
  private static final String DEFAULT_PATH = "/bin:/usr/bin";

  private ExecutableSearch() {}

  /**
   * {@return the files that a name may mean, in order of trial; none if there is nothing of that
   * name}. Which of them can be executed is for the kernel to say, in the child.
   *
   * @param name the command's name; with a slash it is not searched for
   * @param environment the command's, of which PATH counts
   * @param directory the command's working directory, an absolute path
   */
  public static List<String> candidates(
      String name, Map<String, String> environment, Path directory) {
    if (name.isEmpty()) {
      return List.of();
    }
    if (name.indexOf('/') >= 0) {
      return List.of(name);
    }
    String path = path(environment);
    var found = new ArrayList<String>();
    for (String entry : path.split(":", -1)) {
      // An empty entry means the working directory, as in execvp(3).
      String candidate = entry.isEmpty() ? "./" + name : entry + "/" + name;
      if (exists(directory, candidate)) {
        found.add(candidate);
      }
    }
    return found;
  }

  /** {@return the list of directories that is searched} */
  public static String path(Map<String, String> environment) {
    return environment.getOrDefault("PATH", DEFAULT_PATH);
  }

  private static boolean exists(Path directory, String candidate) {
    try {
      return Files.isRegularFile(directory.resolve(OsText.path(candidate)));
    } catch (InvalidPathException e) {
      // Not a name at all: left to the kernel.
      return true;
    }
  }
}
