package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Names that a policy protects, and that were not there when a run began: which of them are there
 * now that it has ended. They are looked for by descriptors, name by name, and no link is followed.
 */
final class MadeNames {
  private MadeNames() {}

  /**
   * {@return those that are there}, and those of which that cannot be found out; where something
   * else than a directory is on the way, that in their place
   *
   * @param paths absolute, without links on the way when the run began, and without files
   */
  static List<Path> among(List<Path> paths) {
    Set<Path> made = new LinkedHashSet<>();
    for (Path path : paths) {
      made(path).ifPresent(made::add);
    }
    return List.copyOf(made);
  }

  private static Optional<Path> made(Path path) {
    try {
      return find(path);
    } catch (KernelException e) {
      // What was there has gone meanwhile.
      return e.errno() == Errno.ENOENT ? Optional.empty() : Optional.of(path);
    }
  }

  private static Optional<Path> find(Path path) throws KernelException {
    Directory at = Directory.openReal(Path.of("/"));
    try {
      Path there = Path.of("/");
      int above = path.getNameCount() - 1;
      for (int i = 0; i < above; i++) {
        String name = OsText.of(path.getName(i));
        there = there.resolve(path.getName(i));
        Optional<FileStatus> found = at.look(name);
        if (found.isEmpty() || !found.get().isDirectory()) {
          // A link leads to whatever the run has chosen, and so does a file: git takes a .git that
          // says where its settings are.
          return found.isPresent() ? Optional.of(there) : Optional.empty();
        }
        Directory next = at.open(name);
        at.close();
        at = next;
      }
      return at.look(OsText.of(path.getName(above))).map(status -> path);
    } finally {
      at.close();
    }
  }
}
