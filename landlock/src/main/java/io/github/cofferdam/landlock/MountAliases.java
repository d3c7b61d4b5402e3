package io.github.cofferdam.landlock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The mounts of this process, as far as they show the same directory in two places.
 *
 * @param mounts later ones lie over earlier ones
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">mountinfo(5)</a>
 */
record MountAliases(List<Mount> mounts) {

  /**
   * A mount.
   *
   * @param device major:minor
   * @param root the directory of the file system that it shows
   * @param point where
   */
  record Mount(String device, Path root, Path point) {}

  static MountAliases read() throws IOException {
    return parse(Files.readAllLines(Path.of("/proc/self/mountinfo")));
  }

  /** Lines are {@code id parent major:minor root mount-point options ...}. */
  static MountAliases parse(List<String> lines) {
    var mounts = new ArrayList<Mount>();
    for (String line : lines) {
      String[] fields = line.split(" ", 6);
      if (fields.length == 6 && fields[3].startsWith("/")) {
        mounts.add(
            new Mount(fields[2], Path.of(unescape(fields[3])), Path.of(unescape(fields[4]))));
      }
    }
    return new MountAliases(mounts);
  }

  /** {@return another path beneath {@code granted} that leads to the same or into it} */
  Optional<Path> aliasOf(Path path, Path granted) {
    Optional<Mount> own = Optional.empty();
    for (Mount mount : mounts) {
      if (path.startsWith(mount.point())
          && own.stream().noneMatch(known -> !mount.point().startsWith(known.point()))) {
        own = Optional.of(mount);
      }
    }
    if (own.isEmpty()) {
      return Optional.empty();
    }
    Path inside = own.get().root().resolve(own.get().point().relativize(path)).normalize();
    for (Mount mount : mounts) {
      if (mount.equals(own.get()) || !mount.device().equals(own.get().device())) {
        continue;
      }
      Path alias;
      if (inside.startsWith(mount.root())) {
        alias = mount.point().resolve(mount.root().relativize(inside)).normalize();
      } else if (mount.root().startsWith(inside)) {
        alias = mount.point();
      } else {
        continue;
      }
      if (alias.startsWith(granted) && !alias.startsWith(path)) {
        return Optional.of(alias);
      }
    }
    return Optional.empty();
  }

  /** Space, tab, newline and backslash are written as three octal digits. */
  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
