package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import io.github.cofferdam.landlock.PathLookup.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a policy blocks, by all names that mounts give it: Landlock looks at the directories above a
 * file on the way by which it was opened.
 *
 * <p>It looks at which directories they are, not at what they are called. So none of those on the
 * way to what is blocked may be granted by any other name either, also where that name does not
 * lead to what is blocked:
 *
 * <pre>
 *   /data             bound at      /other
 *   /data/key         blocked, a file system of its own; /other/key is an empty directory
 *   a rule on /other  is one on /data, and opens /data/key
 * </pre>
 *
 * @param paths real paths; of what does not exist, where it would be
 * @param open real paths of what may be used beneath them, if it is granted
 * @param mounts this process's
 * @param closed what is at the paths
 * @param ways the directories above them
 */
record BlockedPaths(
    Set<Path> paths,
    Set<Path> open,
    Optional<MountInfo> mounts,
    Set<FileIdentity> closed,
    Set<FileIdentity> ways) {
  static BlockedPaths of(List<Path> blocked, List<Path> open) throws PathGrantException {
    if (blocked.isEmpty()) {
      return new BlockedPaths(Set.of(), Set.of(), Optional.empty(), Set.of(), Set.of());
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
      all.addAll(mounts.placesAndImages(path));
    }
    var closed = new HashSet<FileIdentity>();
    var above = new HashSet<Path>();
    for (Path path : all) {
      addIdentity(path, closed);
      for (Path at = path.getParent(); at != null && above.add(at); ) {
        at = at.getParent();
      }
    }
    var ways = new HashSet<FileIdentity>();
    above.forEach(directory -> addIdentity(directory, ways));
    return new BlockedPaths(all, resolve(open), Optional.of(mounts), closed, ways);
  }

  private static void addIdentity(Path path, Set<FileIdentity> identities) {
    try {
      identities.add(FileIdentity.of(FileStatus.require(path)));
    } catch (KernelException e) {
      // It is not there, or out of this user's sight; by its path it is left out all the same.
    }
  }

  private static Set<Path> resolve(List<Path> paths) throws PathGrantException {
    Set<Path> real = new LinkedHashSet<>();
    for (Path path : paths) {
      real.add(resolve(path.toAbsolutePath().normalize(), path));
    }
    return real;
  }

  private static Path resolve(Path path, Path asGiven) throws PathGrantException {
    Optional<Found> found = new PathLookup().find(path);
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

  /** {@return whether something is blocked itself, by whichever name, on any file system} */
  boolean contains(Path path, FileStatus status) {
    return paths.contains(path) || closed.contains(FileIdentity.of(status));
  }

  /** {@return whether a rule on something would open what is blocked} */
  boolean isReachedFrom(Path path, FileStatus status) {
    return ways.contains(FileIdentity.of(status)) || !beneath(path).isEmpty();
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
    FileStatus status = FileStatus.require(path);
    if (!status.isDirectory()) {
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
