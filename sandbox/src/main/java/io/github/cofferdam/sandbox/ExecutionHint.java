package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.confinement.PathFinder;
import io.github.cofferdam.confinement.PrivateRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What to say of a program that the kernel did not execute, besides what the kernel said.
 *
 * @param executables where it was looked for
 * @param directory where relative ones begin, on the host
 * @param root the command's own, if it has one
 * @param listed whether the policy lists what may be executed
 */
record ExecutionHint(
    List<String> executables, Path directory, Optional<PrivateRoot> root, boolean listed) {

  /** {@return the rest of a message, empty if there is no more to say} */
  String after(Errno errno) {
    if (errno != Errno.ENOENT && errno != Errno.EACCES) {
      return "";
    }
    if (listed) {
      // What is there and was not found, or may not be executed, is often not among what is listed.
      return "; the policy lists what may be read and executed ([filesystem] read_only,"
          + " read_execute), and the program, its interpreter or its loader is not in read_execute:"
          + " list the directories that they are in, or \"/\" for all";
    }
    if (errno == Errno.EACCES) {
      return "";
    }
    return unseen()
        .map(OsText::show)
        .map(program ->
            "; "
                + program
                + " is there on the host, but /tmp, /dev and /proc are the command's own with"
                + " isolation = namespace: --bind "
                + program
                + ":"
                + program
                + " shows it there, or --bind with the directory that it needs")
        .orElse("; if the file is there, what it begins with (#!) or its loader is not");
  }

  /** The program, if it is one of the host's that the command does not see. */
  private Optional<Path> unseen() {
    if (root.isEmpty()) {
      return Optional.empty();
    }
    for (String executable : executables) {
      Path place = directory.resolve(OsText.path(executable)).normalize();
      if (PathFinder.find(place) instanceof PathFinder.Found(Path real)
          && root.get().inside(real).isEmpty()) {
        return Optional.of(real);
      }
    }
    return Optional.empty();
  }
}
