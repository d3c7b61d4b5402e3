package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
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
final class CommandSearch {
  /** confstr(_CS_PATH) of glibc, which execvp(3) uses where PATH is not set. */
  private static final String DEFAULT_PATH = "/bin:/usr/bin";

  private CommandSearch() {}

  /**
   * Finds the files that a name may mean, in order of trial. Which of them can be executed is for
   * the kernel to say, in the child.
   *
   * @param directory the command's working directory, an absolute path
   */
  static List<String> candidates(String name, Map<String, String> environment, Path directory)
      throws NotExecutedException {
    if (name.isEmpty()) {
      throw new NotExecutedException("the command's name is empty", Errno.ENOENT);
    }
    if (name.indexOf('/') >= 0) {
      return List.of(name);
    }
    String path = environment.getOrDefault("PATH", DEFAULT_PATH);
    var found = new ArrayList<String>();
    for (String entry : path.split(":", -1)) {
      // An empty entry means the working directory, as in execvp(3).
      String candidate = entry.isEmpty() ? "./" + name : entry + "/" + name;
      if (exists(directory, candidate)) {
        found.add(candidate);
      }
    }
    if (found.isEmpty()) {
      throw new NotExecutedException(
          "no command " + Text.quote(name) + " in PATH=" + path, Errno.ENOENT);
    }
    return found;
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
