package io.github.cofferdam.cgroup;

import java.util.List;
import java.util.Optional;

/**
 * One hierarchy of control groups, as a process sees it.
 *
 * @param version 1 or 2
 * @param controllers of version 1: those that are bound to it, such as {@code memory} or {@code
 *     name=systemd}; empty for version 2, where they differ from group to group
 * @param group the process's group within it, beginning with {@code /}
 * @param mountPoint where it is mounted; empty if it is not
 * @param root the group that is seen at the mount point
 */
public record CgroupHierarchy(
    int version, List<String> controllers, String group, Optional<String> mountPoint, String root) {

  /** Keeps a copy of the list. */
  public CgroupHierarchy {
    controllers = List.copyOf(controllers);
  }

  /**
   * {@return the directory of the process's group}; empty where the hierarchy is not mounted, or
   * where the mount shows another part of it.
   */
  public Optional<String> directory() {
    String prefix = root.equals("/") ? "" : root;
    // Beyond the root of a cgroup namespace, the kernel writes /.. for what cannot be named.
    boolean beneath = group.equals(root) || group.startsWith(prefix + "/");
    if (mountPoint.isEmpty() || !beneath || group.startsWith("/..")) {
      return Optional.empty();
    }
    String rest = group.substring(prefix.length());
    return Optional.of(rest.equals("/") ? mountPoint.get() : mountPoint.get() + rest);
  }
}
