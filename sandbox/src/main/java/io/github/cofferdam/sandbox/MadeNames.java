package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Names that a policy protects, and that were not there when a run began: which of them are there
 * now that it has ended. They are looked for by descriptors, name by name, and no link is followed.
 */
final class MadeNames {
  private MadeNames() {}

  /**
   * {@return those that are there}, and those of which that cannot be found out
   *
   * @param paths absolute, without links on the way when the run began
   */
  static List<Path> among(List<Path> paths) {
    var made = new ArrayList<Path>();
    for (Path path : paths) {
      if (isMade(path)) {
        made.add(path);
      }
    }
    return made;
  }

  private static boolean isMade(Path path) {
    try {
      return leadsSomewhere(path);
    } catch (KernelException e) {
      // What was there has gone meanwhile.
      return e.errno() != Errno.ENOENT;
    }
  }

  private static boolean leadsSomewhere(Path path) throws KernelException {
    Directory at = Directory.openReal(Path.of("/"));
    try {
      int above = path.getNameCount() - 1;
      for (int i = 0; i < above; i++) {
        String name = OsText.of(path.getName(i));
        Optional<FileStatus> found = at.look(name);
        if (found.isEmpty() || !found.get().isDirectory()) {
          // There was no link: it leads to whatever the run has chosen.
          return found.isPresent() && found.get().isSymbolicLink();
        }
        Directory next = at.open(name);
        at.close();
        at = next;
      }
      return at.look(OsText.of(path.getName(above))).isPresent();
    } finally {
      at.close();
    }
  }
}
