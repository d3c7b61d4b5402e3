package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import io.github.cofferdam.landlock.PathLookup.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a policy blocks, by all names that mounts give it: Landlock looks at the directories above a
 * file on the way by which it was opened.
 *
 * @param paths real paths; of what does not exist, where it would be
 * @param open real paths of what may be used beneath them, if it is granted
 * @param mounts this process's
 */
record BlockedPaths(Set<Path> paths, Set<Path> open, Optional<MountInfo> mounts) {
  static BlockedPaths of(List<Path> blocked, List<Path> open) throws PathGrantException {
    if (blocked.isEmpty()) {
      return new BlockedPaths(Set.of(), Set.of(), Optional.empty());
    }
    Set<Path> real = resolve(blocked);
    MountInfo mounts;
    try {
      mounts = MountInfo.read();
    } catch (IOException e) {
      throw cannotLook(blocked.getFirst(), e);
    }
    var all = new LinkedHashSet<>(real);
    for (Path path : real) {
      all.addAll(mounts.otherPlaces(path));
    }
    return new BlockedPaths(all, resolve(open), Optional.of(mounts));
  }

  private static Set<Path> resolve(List<Path> paths) throws PathGrantException {
    Set<Path> real = new LinkedHashSet<>();
    for (Path path : paths) {
      real.add(resolve(path.toAbsolutePath().normalize(), path));
    }
    return real;
  }

  private static Path resolve(Path path, Path asGiven) throws PathGrantException {
    Optional<Found> found = PathLookup.find(path);
    if (found.isPresent()) {
      return found.get().real();
    }
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (parent == null || name == null) {
      throw new PathGrantException(asGiven, Reason.UNREACHABLE, "cannot look up " + asGiven);
    }
    return resolve(parent, asGiven).resolve(name);
  }

  /** {@return the blocked path at or above a granted one, unless something between opens it} */
  Optional<Path> above(Path granted) {
    Optional<Path> nearest = Optional.empty();
    for (Path path : paths) {
      if (granted.startsWith(path) && nearest.stream().noneMatch(other -> other.startsWith(path))) {
        nearest = Optional.of(path);
      }
    }
    if (nearest.isPresent()) {
      Path closed = nearest.get();
      for (Path path : open) {
        if (granted.startsWith(path) && path.startsWith(closed) && !path.equals(closed)) {
          return Optional.empty();
        }
      }
    }
    return nearest;
  }

  /** {@return the blocked paths beneath a granted one} */
  List<Path> beneath(Path granted) {
    var beneath = new ArrayList<Path>();
    for (Path path : paths) {
      if (path.startsWith(granted) && !path.equals(granted)) {
        beneath.add(path);
      }
    }
    return beneath;
  }

  /**
   * Refuses what a grant would let be used by another name: a file with several hard links, of
   * which any may lie on the granted file system, and what is mounted in a blocked directory and in
   * a granted one, too.
   */
  void refuseOtherNames(Path granted) throws PathGrantException {
    for (Path path : paths) {
      try {
        refuseOtherNames(path, granted);
      } catch (PathGrantException e) {
        throw e;
      } catch (IOException e) {
        throw cannotLook(path, e);
      }
    }
  }

  private void refuseOtherNames(Path path, Path granted) throws IOException {
    if (mounts.isEmpty() || !Files.exists(path)) {
      return;
    }
    FileStatus status = FileStatus.of(path);
    if (!status.directory()) {
      if (status.links() > 1 && mounts.get().shows(granted, path)) {
        throw new PathGrantException(
            path,
            Reason.OTHER_NAME,
            path
                + " cannot be blocked: the file has "
                + status.links()
                + " names, and the others may lie where it can be used; remove the others, or block"
                + " the directories that they are in as well and give this one a file of its own");
      }
      return;
    }
    for (MountInfo.Inner inner : mounts.get().innerMounts(path)) {
      Path other = inner.elsewhere();
      if ((other.startsWith(granted) || granted.startsWith(other)) && above(other).isEmpty()) {
        throw new PathGrantException(
            path,
            Reason.OTHER_NAME,
            path
                + " cannot be blocked: what is mounted in it at "
                + inner.point()
                + " is also at "
                + other
                + ", which can be used; block that as well, or unmount one of them");
      }
    }
  }

  static PathGrantException cannotLook(Path path, IOException cause) {
    var unreachable =
        new PathGrantException(
            path,
            Reason.UNREACHABLE,
            "cannot find out what to grant around " + path + ": " + cause);
    unreachable.initCause(cause);
    return unreachable;
  }
}
