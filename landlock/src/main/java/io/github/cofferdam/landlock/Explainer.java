package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.FileStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Answers as the kernel would (security/landlock/fs.c): {@code is_access_to_paths_allowed} walks
 * from an inode up through its parents, {@code current_check_refer_path} judges renames and links.
 */
final class Explainer {
  /** Rights on the directory that holds a name. */
  private static final Set<FsRight> ON_HOLDER = EnumSet.range(FsRight.REMOVE_DIR, FsRight.REFER);

  private final LandlockLayer layer;

  Explainer(LandlockLayer layer) {
    this.layer = layer;
  }

  Explanation explain(Path path, FsRight right) throws IOException {
    return explainAt(ON_HOLDER.contains(right) ? holder(path) : target(path), right);
  }

  Explanation explainMove(Path from, Path to) throws IOException {
    FileStatus file = FileStatus.require(from);
    EnumSet<FsRight> atSource = EnumSet.of(removing(file));
    EnumSet<FsRight> atTarget = EnumSet.of(making(file));
    FileStatus.of(to).ifPresent(replaced -> atTarget.add(removing(replaced)));
    return explainRefer(from, file, atSource, to, atTarget);
  }

  Explanation explainLink(Path existing, Path name) throws IOException {
    FileStatus file = FileStatus.require(existing);
    return explainRefer(
        existing, file, EnumSet.noneOf(FsRight.class), name, EnumSet.of(making(file)));
  }

  private Explanation explainRefer(
      Path from, FileStatus file, EnumSet<FsRight> atSource, Path to, EnumSet<FsRight> atTarget)
      throws IOException {
    if (layer.status() == LandlockLayer.Status.NONE) {
      return Explanation.unrestricted("this layer restricts nothing");
    }
    Path source = holder(from);
    Path target = holder(to);
    boolean across =
        !FileIdentity.of(FileStatus.require(source))
            .sameInode(FileIdentity.of(FileStatus.require(target)));
    if (across) {
      atSource.add(FsRight.REFER);
      atTarget.add(FsRight.REFER);
    }
    Optional<ResolvedGrant> first = Optional.empty();
    for (var needed : List.of(new Needed(source, atSource), new Needed(target, atTarget))) {
      for (FsRight right : needed.rights) {
        Explanation one = explainAt(needed.directory, right);
        if (!one.allowed()) {
          return one;
        }
        first = first.or(one::grant);
      }
    }
    if (across) {
      EnumSet<FsRight> gained = granted(target);
      gained.removeAll(granted(source));
      gained.removeAll(on(FileIdentity.of(file)));
      if (!file.isDirectory()) {
        gained.retainAll(FsRight.fileRights());
      }
      if (!gained.isEmpty()) {
        return Explanation.denied(
            from + " would gain " + Names.of(gained) + " in " + target + ", so it cannot go there");
      }
    }
    return new Explanation(true, first, "all rights that it needs are granted");
  }

  private record Needed(Path directory, EnumSet<FsRight> rights) {}

  private Explanation explainAt(Path start, FsRight right) throws IOException {
    if (layer.status() == LandlockLayer.Status.NONE) {
      return Explanation.unrestricted("this layer restricts nothing");
    }
    if (!layer.handledFs().contains(right) && right != FsRight.REFER) {
      return Explanation.unrestricted(right + " is not restricted");
    }
    for (Path at = start; at != null; at = at.getParent()) {
      FileIdentity identity = FileIdentity.of(FileStatus.require(at));
      for (ResolvedGrant grant : layer.grants()) {
        if (grant.rights().contains(right) && grant.identity().sameInode(identity)) {
          return Explanation.granted(grant, right);
        }
      }
    }
    return Explanation.denied("nothing grants " + right + " on " + start + " or above it");
  }

  /** All rights that are granted on a directory and above it. */
  private EnumSet<FsRight> granted(Path start) throws IOException {
    var rights = EnumSet.noneOf(FsRight.class);
    for (Path at = start; at != null; at = at.getParent()) {
      rights.addAll(on(FileIdentity.of(FileStatus.require(at))));
    }
    return rights;
  }

  private Set<FsRight> on(FileIdentity identity) {
    var rights = EnumSet.noneOf(FsRight.class);
    for (ResolvedGrant grant : layer.grants()) {
      if (grant.identity().sameInode(identity)) {
        rights.addAll(grant.rights());
      }
    }
    return rights;
  }

  /** What a path leads to, or would: a file that does not exist is judged by its directory. */
  private static Path target(Path path) throws IOException {
    return FileStatus.of(path).isPresent() ? path.toRealPath() : holder(path);
  }

  /** The directory that holds the path's last name, which is not followed. */
  private static Path holder(Path path) throws IOException {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? path : parent.toRealPath();
  }

  private static FsRight removing(FileStatus file) {
    return file.isDirectory() ? FsRight.REMOVE_DIR : FsRight.REMOVE_FILE;
  }

  private static FsRight making(FileStatus file) {
    if (file.isDirectory()) {
      return FsRight.MAKE_DIR;
    } else if (file.isSymbolicLink()) {
      return FsRight.MAKE_SYM;
    } else if (file.isFifo()) {
      return FsRight.MAKE_FIFO;
    } else if (file.isSocket()) {
      return FsRight.MAKE_SOCK;
    } else if (file.isCharacterDevice()) {
      return FsRight.MAKE_CHAR;
    } else if (file.isBlockDevice()) {
      return FsRight.MAKE_BLOCK;
    }
    return FsRight.MAKE_REG;
  }
}
