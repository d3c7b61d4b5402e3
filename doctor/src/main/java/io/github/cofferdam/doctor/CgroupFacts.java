package io.github.cofferdam.doctor;

import io.github.cofferdam.cgroup.CgroupHierarchy;
import io.github.cofferdam.cgroup.CgroupLayout;
import java.io.IOException;
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

  static HostSection of(HostProbe machine) {
    return new Facts("cgroup")
        .ask("version", () -> version(machine))
        .ask("group", () -> group(machine))
        .ask("controllers", () -> controllers(machine))
        .ask("delegated", () -> delegated(machine))
        .ask("v1_controllers", () -> firstVersion(machine, false))
        .ask("v1_delegated", () -> firstVersion(machine, true))
        .section();
  }

  private static CgroupLayout layout(HostProbe machine) throws IOException {
    return CgroupLayout.parse(
        machine.read("/proc/self/mountinfo"), machine.read("/proc/self/cgroup"));
  }

  private static Finding version(HostProbe machine) throws IOException {
    CgroupLayout layout = layout(machine);
    boolean first = !layout.v1().isEmpty();
    Optional<CgroupHierarchy> second = layout.v2();
    if (second.isEmpty()) {
      return first ? new Finding.Name("v1", "") : new Finding.Absent("no hierarchy is mounted");
    }
    String at = "v2 at " + second.get().mountPoint().orElseThrow();
    return first ? new Finding.Name("hybrid", at) : new Finding.Name("v2", at);
  }

  private static Finding group(HostProbe machine) throws IOException {
    Optional<String> directory = directory(machine);
    return directory
        .<Finding>map(path -> new Finding.Name(path, "where this process is"))
        .orElseGet(CgroupFacts::noSecond);
  }

  private static Finding controllers(HostProbe machine) throws IOException {
    Optional<String> directory = directory(machine);
    return directory.isEmpty()
        ? noSecond()
        : new Finding.Names(read(machine, directory.get()), "in the group of this process");
  }

  /** Whoever is given a group may write to it, its cgroup.procs and its cgroup.subtree_control. */
  private static Finding delegated(HostProbe machine) throws IOException {
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

  private static Finding firstVersion(HostProbe machine, boolean writable) throws IOException {
    CgroupLayout layout = layout(machine);
    if (layout.v1().isEmpty()) {
      return new Finding.Absent("no hierarchy of version 1 is mounted");
    }
    var found = new TreeSet<String>();
    for (CgroupHierarchy hierarchy : layout.hierarchies()) {
      for (String controller : hierarchy.controllers()) {
        if (!controller.startsWith("name=") && (!writable || writable(machine, hierarchy))) {
          found.add(controller);
        }
      }
    }
    return new Finding.Names(List.copyOf(found), writable ? NOT_TRIED : "");
  }

  private static boolean writable(HostProbe machine, CgroupHierarchy hierarchy) {
    Optional<String> directory = hierarchy.directory();
    return directory.isPresent()
        && machine.writable(directory.get())
        && machine.writable(directory.get() + "/cgroup.procs");
  }

  private static Finding noSecond() {
    return new Finding.Absent("no hierarchy of version 2 is mounted");
  }

  private static List<String> read(HostProbe machine, String group) throws IOException {
    String content = machine.read(group + "/cgroup.controllers").strip();
    return content.isEmpty() ? List.of() : List.of(content.split(" ", -1));
  }

  /** The directory of this process's group of version 2; empty where that is not mounted. */
  private static Optional<String> directory(HostProbe machine) throws IOException {
    Optional<CgroupHierarchy> second = layout(machine).v2();
    if (second.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> directory = second.get().directory();
    if (directory.isEmpty()) {
      throw new IOException(
          "the group " + second.get().group() + " is not beneath " + second.get().root());
    }
    return directory;
  }
}
