package io.github.cofferdam.landlock;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * What a policy says about one path.
 *
 * @param path as the caller gave it
 * @param elsewhere where the confined process finds it, if it has another root directory
 * @param made whether it exists only where the confined process is, so that it cannot be looked up
 * @param rights what is granted on a directory and beneath it
 * @param adapts whether, on something that is not a directory, only the rights that files can have
 *     are meant; if not, directory rights there are an error
 * @param optional whether the path may be missing
 * @param quiet whether denials there are not logged
 */
record PathGrant(
    Path path,
    Optional<Path> elsewhere,
    boolean made,
    Set<FsRight> rights,
    boolean adapts,
    boolean optional,
    boolean quiet) {
  PathGrant {
    requireKernelPath(path);
    elsewhere.ifPresent(PathGrant::requireInside);
    if (made) {
      requireInside(path);
    }
    if (rights.isEmpty() && !quiet) {
      throw new IllegalArgumentException("no rights are granted on " + path);
    }
    rights = Sets.copy(FsRight.class, rights);
  }

  static PathGrant of(Path path, Intent intent) {
    return new PathGrant(path, Optional.empty(), false, intent.rights(), true, false, false);
  }

  static PathGrant ifPresent(Path path, Intent intent) {
    return new PathGrant(path, Optional.empty(), false, intent.rights(), true, true, false);
  }

  static PathGrant exactly(Path path, Set<FsRight> rights) {
    return new PathGrant(path, Optional.empty(), false, rights, false, false, false);
  }

  static PathGrant at(Path path, Path inside, Intent intent) {
    return new PathGrant(path, Optional.of(inside), false, intent.rights(), true, false, false);
  }

  static PathGrant made(Path inside, Set<FsRight> rights) {
    return new PathGrant(inside, Optional.empty(), true, rights, true, false, false);
  }

  static PathGrant quiet(Path path) {
    return new PathGrant(path, Optional.empty(), false, Set.of(), true, true, true);
  }

  static void requireKernelPath(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new IllegalArgumentException("not a path that the kernel knows: " + path);
    }
  }

  private static void requireInside(Path inside) {
    requireKernelPath(inside);
    if (!inside.isAbsolute()) {
      throw new IllegalArgumentException("not an absolute path: " + inside);
    }
  }

  /** {@return whether the confined process has another root directory} */
  boolean otherRoot() {
    return made || elsewhere.isPresent();
  }

  @Override
  public String toString() {
    return quiet
        ? "quiet on " + path
        : "grant "
            + Names.of(rights)
            + (optional ? " on, if present, " : " on ")
            + path
            + (made ? ", once it is made" : elsewhere.map(at -> ", which is at " + at).orElse(""));
  }
}
