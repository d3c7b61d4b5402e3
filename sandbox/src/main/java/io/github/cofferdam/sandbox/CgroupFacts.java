package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which control groups there are, and which controllers this user may use in the group that this
 * process is in.
 */
final class CgroupFacts {
  private static final String NOT_TRIED = "going by permissions; making a group was not tried";

  private CgroupFacts() {}

  /**
   * A mounted hierarchy.
   *
   * @param root the group that is seen at the mount point
   * @param point where
   * @param options of the file system: for version 1, its controllers are among them
   */
  private record Mount(boolean second, String root, String point, List<String> options) {
    /** Where a group is seen, if it lies beneath the root. */
    Optional<String> directory(String group) {
      String prefix = root.equals("/") ? "" : root;
      if (!group.equals(root) && !group.startsWith(prefix + "/")) {
        return Optional.empty();
      }
      String rest = group.substring(prefix.length());
      return Optional.of(rest.equals("/") ? point : point + rest);
    }
  }

  /** A line of /proc/self/cgroup; version 2 has no controllers there. */
  private record Membership(List<String> controllers, String group) {}

  static HostSection of(Machine machine) {
    return new Facts("cgroup")
        .ask("version", () -> version(machine))
        .ask("group", () -> group(machine))
        .ask("controllers", () -> controllers(machine))
        .ask("delegated", () -> delegated(machine))
        .ask("v1_controllers", () -> firstVersion(machine, false))
        .ask("v1_delegated", () -> firstVersion(machine, true))
        .section();
  }

  private static Finding version(Machine machine) throws IOException {
    boolean first = false;
    Optional<Mount> second = second(machine);
    for (Mount mount : mounts(machine)) {
      first |= !mount.second();
    }
    if (second.isEmpty()) {
      return first ? new Finding.Name("v1", "") : new Finding.Absent("no hierarchy is mounted");
    }
    String at = "v2 at " + second.get().point();
    return first ? new Finding.Name("hybrid", at) : new Finding.Name("v2", at);
  }

  private static Finding group(Machine machine) throws IOException {
    Optional<String> directory = directory(machine);
    return directory
        .<Finding>map(path -> new Finding.Name(path, "where this process is"))
        .orElseGet(CgroupFacts::noSecond);
  }

  private static Finding controllers(Machine machine) throws IOException {
    Optional<String> directory = directory(machine);
    return directory.isEmpty()
        ? noSecond()
        : new Finding.Names(read(machine, directory.get()), "in the group of this process");
  }

  /** Whoever is given a group may write to it, its cgroup.procs and its cgroup.subtree_control. */
  private static Finding delegated(Machine machine) throws IOException {
    Optional<String> directory = directory(machine);
    if (directory.isEmpty()) {
      return noSecond();
    }
    String group = directory.get();
    boolean ours =
        machine.writable(group)
            && machine.writable(group + "/cgroup.procs")
            && machine.writable(group + "/cgroup.subtree_control");
    return ours
        ? new Finding.Names(read(machine, group), NOT_TRIED)
        : new Finding.Names(List.of(), "this user may not write to " + group);
  }

  private static Finding firstVersion(Machine machine, boolean writable) throws IOException {
    List<Mount> mounts = mounts(machine);
    if (mounts.stream().allMatch(Mount::second)) {
      return new Finding.Absent("no hierarchy of version 1 is mounted");
    }
    var found = new TreeSet<String>();
    for (Membership membership : memberships(machine)) {
      for (String controller : membership.controllers()) {
        if (!controller.startsWith("name=")
            && (!writable || writable(machine, mounts, controller, membership.group()))) {
          found.add(controller);
        }
      }
    }
    return new Finding.Names(List.copyOf(found), writable ? NOT_TRIED : "");
  }

  private static boolean writable(
      Machine machine, List<Mount> mounts, String controller, String group) {
    for (Mount mount : mounts) {
      if (!mount.second() && mount.options().contains(controller)) {
        Optional<String> directory = mount.directory(group);
        return directory.isPresent()
            && machine.writable(directory.get())
            && machine.writable(directory.get() + "/cgroup.procs");
      }
    }
    return false;
  }

  private static Finding noSecond() {
    return new Finding.Absent("no hierarchy of version 2 is mounted");
  }

  private static List<String> read(Machine machine, String group) throws IOException {
    String content = machine.read(group + "/cgroup.controllers").strip();
    return content.isEmpty() ? List.of() : List.of(content.split(" ", -1));
  }

  /** The directory of this process's group of version 2; empty where that is not mounted. */
  private static Optional<String> directory(Machine machine) throws IOException {
    Optional<Mount> mount = second(machine);
    if (mount.isEmpty()) {
      return Optional.empty();
    }
    for (Membership membership : memberships(machine)) {
      if (membership.controllers().isEmpty()) {
        Optional<String> directory = mount.get().directory(membership.group());
        if (directory.isEmpty()) {
          throw new IOException(
              "the group " + membership.group() + " is not beneath " + mount.get().root());
        }
        return directory;
      }
    }
    throw new IOException("/proc/self/cgroup has no line of version 2");
  }

  private static Optional<Mount> second(Machine machine) throws IOException {
    for (Mount mount : mounts(machine)) {
      if (mount.second()) {
        return Optional.of(mount);
      }
    }
    return Optional.empty();
  }

  /** {@code hierarchy:controllers:group}, see cgroups(7). */
  private static List<Membership> memberships(Machine machine) throws IOException {
    var memberships = new ArrayList<Membership>();
    for (String line : machine.read("/proc/self/cgroup").split("\n", -1)) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3) {
        List<String> controllers =
            fields[1].isEmpty() ? List.of() : List.of(fields[1].split(",", -1));
        memberships.add(new Membership(controllers, fields[2]));
      }
    }
    return memberships;
  }

  /** {@code id parent device root point options [field]... - type source options}, see proc(5). */
  private static List<Mount> mounts(Machine machine) throws IOException {
    var mounts = new ArrayList<Mount>();
    for (String line : machine.read("/proc/self/mountinfo").split("\n", -1)) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] before = line.substring(0, separator).split(" ", -1);
      String[] after = line.substring(separator + 3).split(" ", -1);
      boolean second = after[0].equals("cgroup2");
      if (before.length > 4 && after.length > 2 && (second || after[0].equals("cgroup"))) {
        mounts.add(
            new Mount(
                second,
                unescape(before[3]),
                unescape(before[4]),
                List.of(after[2].split(",", -1))));
      }
    }
    return mounts;
  }

  /** The kernel writes a space within a path as three octal digits. */
  private static String unescape(String path) {
    return path.replace("\\040", " ");
  }
}
