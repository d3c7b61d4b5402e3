package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Makes what a policy lets be written and is not there, with the directories above it; only this
 * user may use them. They are made by descriptors, along paths that have no links: a command could
 * have put one where it may write.
 */
final class MadeDirectories {
  private MadeDirectories() {}

  static void make(List<Path> missing) throws IOException {
    for (Path path : missing) {
      try {
        make(path);
      } catch (KernelException e) {
        throw new RefusedException(
            "filesystem.create: cannot make "
                + OsText.show(path)
                + " ("
                + Text.of(e)
                + "); make it yourself, or leave it out of read_write",
            e);
      }
    }
  }

  /** {@return what {@link #make} would make, each after the one that it is in} */
  static List<Path> planned(List<Path> missing) {
    var planned = new LinkedHashSet<Path>();
    for (Path path : missing) {
      Path at = Path.of("/");
      for (Path name : path) {
        at = at.resolve(name);
        if (Files.notExists(at, LinkOption.NOFOLLOW_LINKS)) {
          planned.add(at);
        }
      }
    }
    return List.copyOf(planned);
  }

  private static void make(Path path) throws IOException {
    Directory at = Directory.openReal(Path.of("/"));
    for (Path name : path) {
      try (Directory above = at) {
        at = openOrMake(above, OsText.of(name));
      }
    }
    at.close();
  }

  private static Directory openOrMake(Directory above, String name) throws IOException {
    try {
      return above.open(name);
    } catch (KernelException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    try {
      return above.make(name);
    } catch (KernelException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      // Another run has just made it.
      return above.open(name);
    }
  }
}
