package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which hierarchies of control groups there are: version 2 has one for everything, version 1 one
 * for each controller or a few of them, and a host may have both.
 *
 * @param hierarchies those that the process is a member of, mounted or not
 * @see <a href="https://man7.org/linux/man-pages/man7/cgroups.7.html">cgroups(7)</a>
 */
public record CgroupLayout(List<CgroupHierarchy> hierarchies) {

  /** A mounted hierarchy; of version 1, the controllers are among the options. */
  private record Mount(int version, String root, String point, List<String> options) {}

  /** Keeps a copy of the list. */
  public CgroupLayout {
    hierarchies = List.copyOf(hierarchies);
  }

  /**
   * {@return what this process sees}
   *
   * @throws IOException if {@code /proc} cannot be read
   */
  public static CgroupLayout current() throws IOException {
    return parse(read("/proc/self/mountinfo"), read("/proc/self/cgroup"));
  }

  private static String read(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(file));
    return OsText.decode(bytes, 0, bytes.length);
  }

  /**
   * Reads the layout of a process.
   *
   * @param mountinfo its {@code /proc/PID/mountinfo}
   * @param membership its {@code /proc/PID/cgroup}
   */
  public static CgroupLayout parse(String mountinfo, String membership) {
    List<Mount> mounts = mounts(mountinfo);
    var hierarchies = new ArrayList<CgroupHierarchy>();
    for (String line : membership.split("\n", -1)) {
      // hierarchy:controllers:group, see cgroups(7)
      String[] fields = line.split(":", 3);
      if (fields.length == 3) {
        List<String> controllers =
            fields[1].isEmpty() ? List.of() : List.of(fields[1].split(",", -1));
        hierarchies.add(hierarchy(mounts, controllers, fields[2]));
      }
    }
    return new CgroupLayout(hierarchies);
  }

  private static CgroupHierarchy hierarchy(
      List<Mount> mounts, List<String> controllers, String group) {
    int version = controllers.isEmpty() ? 2 : 1;
    for (Mount mount : mounts) {
      if (mount.version() == version && mount.options().containsAll(controllers)) {
        return new CgroupHierarchy(
            version, controllers, group, Optional.of(mount.point()), mount.root());
      }
    }
    return new CgroupHierarchy(version, controllers, group, Optional.empty(), "/");
  }

  /** {@code id parent device root point options [field]... - type source options}, see proc(5). */
  private static List<Mount> mounts(String mountinfo) {
    var mounts = new ArrayList<Mount>();
    for (String line : mountinfo.split("\n", -1)) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] before = line.substring(0, separator).split(" ", -1);
      String[] after = line.substring(separator + 3).split(" ", -1);
      boolean v2 = after[0].equals("cgroup2");
      if (before.length > 4 && after.length > 2 && (v2 || after[0].equals("cgroup"))) {
        mounts.add(
            new Mount(
                v2 ? 2 : 1,
                unescape(before[3]),
                unescape(before[4]),
                List.of(after[2].split(",", -1))));
      }
    }
    return mounts;
  }

  /** The kernel writes space, tab, newline and backslash as three octal digits. */
  private static String unescape(String path) {
    return path.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }

  /** {@return the hierarchy of version 2; empty if it is not mounted} */
  public Optional<CgroupHierarchy> v2() {
    for (CgroupHierarchy hierarchy : hierarchies) {
      if (hierarchy.version() == 2 && hierarchy.mountPoint().isPresent()) {
        return Optional.of(hierarchy);
      }
    }
    return Optional.empty();
  }

  /** {@return the hierarchies of version 1 that are mounted} */
  public List<CgroupHierarchy> v1() {
    var v1 = new ArrayList<CgroupHierarchy>();
    for (CgroupHierarchy hierarchy : hierarchies) {
      if (hierarchy.version() == 1 && hierarchy.mountPoint().isPresent()) {
        v1.add(hierarchy);
      }
    }
    return v1;
  }

  /** {@return the mounted hierarchy of version 1 that has a controller} */
  public Optional<CgroupHierarchy> v1(String controller) {
    for (CgroupHierarchy hierarchy : v1()) {
      if (hierarchy.controllers().contains(controller)) {
        return Optional.of(hierarchy);
      }
    }
    return Optional.empty();
  }
}
