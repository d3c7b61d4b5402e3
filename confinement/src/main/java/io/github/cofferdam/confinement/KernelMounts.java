package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.MountInfo.Mount;
import io.github.cofferdam.namespaces.BindMount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where files act on the processes that they stand for, or that they name: {@code /proc} and the
 * control groups, which may be mounted, and bound, in any place and any number of times.
 */
final class KernelMounts {
  /** Lists of members of control groups, and their limits. */
  static final Set<String> GROUPS = Set.of("cgroup", "cgroup2");

  /** Those, and the files of processes. */
  static final Set<String> ALL = Set.of("proc", "cgroup", "cgroup2");

  private KernelMounts() {}

  /**
   * {@return such a place that the command may write to}
   *
   * @param root the command's own; null if it has none
   * @param types of file systems
   */
  static Optional<Path> written(
      FileGrants files, @Nullable PrivateRoot root, MountInfo mounts, Set<String> types) {
    var writable = new ArrayList<>(files.readWrite());
    for (BindMount bind : files.binds()) {
      if (bind.writable()) {
        writable.add(bind.source());
      }
    }
    for (Path path : writable) {
      for (Path name : names(path, root, mounts)) {
        if (mounts.on(name).stream().anyMatch(mount -> types.contains(mount.type()))) {
          return Optional.of(name);
        }
        for (Mount mount : mounts.within(name)) {
          // Where rights add up, what lies in a writable path is written, whatever is said of it.
          if (types.contains(mount.type())
              && (root == null || files.grantsWriting(mount.point()))
              && !isOwn(mount.point(), root)) {
            return Optional.of(mount.point());
          }
        }
      }
    }
    return Optional.empty();
  }

  /** By all of which Landlock lets it be written. */
  private static List<Path> names(Path path, @Nullable PrivateRoot root, MountInfo mounts) {
    if (isOwn(path, root)) {
      return List.of();
    }
    var names = new ArrayList<>(List.of(path));
    if (root == null) {
      names.addAll(mounts.otherPlaces(path));
    }
    return names;
  }

  private static boolean isOwn(Path path, @Nullable PrivateRoot root) {
    return root != null && path.startsWith(OwnRoot.PROC);
  }

  /**
   * {@return a place where a command in a process-id namespace sees files of other processes}
   *
   * @param root the command's own; null if it has the host's, with a {@code /proc} of its own
   * @param closed what is covered
   */
  static Optional<Path> shown(@Nullable PrivateRoot root, MountInfo mounts, Set<Path> closed) {
    for (Mount mount : mounts.within(PathFinder.ROOT)) {
      Path point = mount.point();
      if (mount.type().equals("proc")
          && !point.startsWith(OwnRoot.PROC)
          && closed.stream().noneMatch(point::startsWith)
          && (root == null || root.shows(point))) {
        return Optional.of(point);
      }
    }
    return Optional.empty();
  }
}
