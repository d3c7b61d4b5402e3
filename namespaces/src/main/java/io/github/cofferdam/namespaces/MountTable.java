package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * The mounts of this process with their flags, which only the old way of mounting needs to know.
 *
 * @param entries the mounts
 */
record MountTable(List<Entry> entries) {
  /**
   * A mount.
   *
   * @param path where it is
   * @param flags its own, as mount(2) takes them: a remount that leaves one out is refused where a
   *     user namespace has inherited it
   */
  record Entry(String path, long flags) {}

  static MountTable ofHost() {
    try {
      return of(MountInfo.read());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static MountTable of(MountInfo mounts) {
    var entries = new ArrayList<Entry>();
    for (MountInfo.Mount mount : mounts.mounts()) {
      entries.add(new Entry(OsText.of(mount.point()), flags(mount.options())));
    }
    return new MountTable(entries);
  }

  /** {@return the mount that a path is on, as an entry for that path, and those beneath it} */
  List<Entry> beneath(Path path) {
    String top = OsText.of(path);
    String prefix = top.equals("/") ? "/" : top + "/";
    // Of several at one place, the last is the one that is seen.
    var found = new LinkedHashMap<String, Entry>();
    found.put(top, new Entry(top, 0));
    Entry on = new Entry("/", 0);
    for (Entry entry : entries) {
      if (entry.path().startsWith(prefix) && !entry.path().equals(top)) {
        found.put(entry.path(), entry);
      } else if (isAtOrAbove(entry.path(), top) && entry.path().length() >= on.path().length()) {
        on = entry;
      }
    }
    found.put(top, new Entry(top, on.flags()));
    return List.copyOf(found.values());
  }

  private static boolean isAtOrAbove(String path, String other) {
    return path.equals("/") || path.equals(other) || other.startsWith(path + "/");
  }

  private static long flags(String options) {
    long flags = 0;
    for (String option : options.split(",", -1)) {
      flags |=
          switch (option) {
            case "ro" -> Uapi.MS_RDONLY();
            case "nosuid" -> Uapi.MS_NOSUID();
            case "nodev" -> Uapi.MS_NODEV();
            case "noexec" -> Uapi.MS_NOEXEC();
            case "noatime" -> Uapi.MS_NOATIME();
            case "nodiratime" -> Uapi.MS_NODIRATIME();
            case "relatime" -> Uapi.MS_RELATIME();
            default -> 0;
          };
    }
    return flags;
  }
}
