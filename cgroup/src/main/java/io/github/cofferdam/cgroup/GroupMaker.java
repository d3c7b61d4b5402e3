package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.cgroup.LimitFile.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes the directories of one group and sets its limits. */
final class GroupMaker {
  /** Directories in which this virtual machine has looked for what others left. */
  private static final Set<String> TIDIED = ConcurrentHashMap.newKeySet();

  private final CgroupLimits limits;
  private final CgroupLayout layout;
  private final CgroupFiles files;
  private final String name;

  private @Nullable String v2;
  private Set<String> v2Controllers = Set.of();

  /** Limits of groups that are left out, see {@link Delegation}. */
  private Map<CgroupResource, Long> carried = Map.of();

  /** Of version 1, by mount point. */
  private final Map<String, String> v1 = new HashMap<>();

  /** Why there is no group in a hierarchy of version 1, by mount point. */
  private final Map<String, String> refusals = new HashMap<>();

  private @Nullable String freezer;
  private final Map<CgroupResource, String> homes = new EnumMap<>(CgroupResource.class);
  private final Map<CgroupResource, CgroupVerdict> verdicts = new EnumMap<>(CgroupResource.class);

  GroupMaker(CgroupLimits limits, CgroupLayout layout, CgroupFiles files) throws IOException {
    this.limits = limits;
    this.layout = layout;
    this.files = files;
    name = GroupName.next(files);
  }

  /** {@return the group}; it has no directories if no limit could be set. */
  Cgroup make() throws IOException {
    try {
      makeV2();
      for (CgroupResource resource : limits.resources()) {
        verdicts.put(resource, limit(resource));
      }
      if (homes.isEmpty()) {
        removeAll();
      } else if (v2 == null) {
        freezer = v1("freezer");
      }
    } catch (IOException | RuntimeException e) {
      try {
        removeAll();
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
    return new Cgroup(
        limits, files, Optional.ofNullable(v2), directories(), freezer(), homes, verdicts);
  }

  private Optional<String> freezer() {
    return Optional.ofNullable(freezer);
  }

  private List<String> directories() {
    var directories = new ArrayList<String>();
    if (v2 != null) {
      directories.add(v2);
    }
    directories.addAll(v1.values());
    return directories;
  }

  private void removeAll() throws IOException {
    for (String directory : directories()) {
      new GroupTree(files, directory).remove();
    }
    v2 = null;
    v1.clear();
  }

  // ------------------------------------------------------------------ version 2

  private void makeV2() throws IOException {
    Optional<CgroupHierarchy> hierarchy = layout.v2();
    if (hierarchy.isEmpty()) {
      return;
    }
    var wanted = new HashSet<String>();
    for (CgroupResource resource : limits.resources()) {
      wanted.add(resource.v2().controller());
    }
    Delegation place = Delegation.find(hierarchy.get(), files, wanted);
    if (place == null) {
      return;
    }
    tidy(place.directory());
    String directory = place.directory() + "/" + name;
    try {
      files.makeGroup(directory);
    } catch (KernelException e) {
      // What cannot be had here may be had in version 1; each limit says where it was sought.
      return;
    }
    v2 = directory;
    // In a subtree of threads, a group takes no processes.
    boolean domain = files.read(directory + "/cgroup.type").strip().equals("domain");
    if (domain && carry(place.carried(), directory)) {
      v2Controllers = place.controllers();
      carried = place.carried();
    } else {
      removeAll();
    }
  }

  /** Nobody gets out of the limits of the group that this process is in by way of ours. */
  private boolean carry(Map<CgroupResource, Long> limits, String directory) {
    for (Map.Entry<CgroupResource, Long> limit : limits.entrySet()) {
      try {
        write(directory, limit.getKey().v2().settings(limit.getValue()));
      } catch (KernelException e) {
        return false;
      }
    }
    return true;
  }

  private void write(String directory, List<Setting> settings) throws KernelException {
    for (Setting setting : settings) {
      files.write(directory + "/" + setting.file(), setting.text());
    }
  }

  // ------------------------------------------------------------------ limits

  private CgroupVerdict limit(CgroupResource resource) throws IOException {
    if (v2 != null && v2Controllers.contains(resource.v2().controller())) {
      return set(resource, 2, v2, v2Settings(resource));
    }
    if (!resource.v1().controller().isEmpty()) {
      String directory = v1(resource.v1().controller());
      if (directory != null) {
        OptionalLong limit = limits.ofV1(resource);
        return limit.isEmpty()
            ? new CgroupVerdict(false, "version 1 limits it only together with memory")
            : set(resource, 1, directory, resource.v1().settings(atMost(resource, limit)));
      }
    }
    return new CgroupVerdict(false, whyNone(resource));
  }

  private List<Setting> v2Settings(CgroupResource resource) {
    if (resource == CgroupResource.IO) {
      return resource.v2().settings(limits.io());
    }
    // None of our limits is above one that came along.
    long inherited = carried.getOrDefault(resource, Long.MAX_VALUE);
    return resource.v2().settings(Math.min(inherited, atMost(resource, limits.of(resource))));
  }

  private static long atMost(CgroupResource resource, OptionalLong limit) {
    return Math.min(limit.orElseThrow(), resource.most());
  }

  private CgroupVerdict set(
      CgroupResource resource, int version, String directory, List<Setting> settings) {
    try {
      write(directory, settings);
    } catch (KernelException e) {
      return new CgroupVerdict(false, String.valueOf(e.getMessage()));
    }
    homes.put(resource, directory);
    return new CgroupVerdict(true, settings.getLast().file() + " (cgroup v" + version + ")");
  }

  private String whyNone(CgroupResource resource) {
    Optional<CgroupHierarchy> hierarchy = layout.v1(resource.v1().controller());
    if (hierarchy.isPresent()) {
      String refusal = refusals.get(hierarchy.get().mountPoint().orElse(""));
      return refusal == null ? "the group of this process cannot be seen here" : refusal;
    }
    if (layout.v2().isEmpty()) {
      return layout.v1().isEmpty()
          ? "no control groups are mounted"
          : "there is no control group with the controller " + resource.v2().controller();
    }
    return "no control group that this user may write to passes the controller "
        + resource.v2().controller()
        + " on";
  }

  // ------------------------------------------------------------------ version 1

  /** The group's directory in the hierarchy of a controller; null if there can be none. */
  private @Nullable String v1(String controller) throws IOException {
    Optional<CgroupHierarchy> hierarchy = layout.v1(controller);
    if (hierarchy.isEmpty() || hierarchy.get().directory().isEmpty()) {
      return null;
    }
    String point = hierarchy.get().mountPoint().orElseThrow();
    String known = v1.get(point);
    if (known != null || refusals.containsKey(point)) {
      return known;
    }
    String parent = hierarchy.get().directory().get();
    if (!files.writable(parent) || !files.writable(parent + "/cgroup.procs")) {
      refusals.put(point, "this user may not make control groups in " + parent);
      return null;
    }
    tidy(parent);
    String directory = parent + "/" + name;
    try {
      files.makeGroup(directory);
    } catch (KernelException e) {
      refusals.put(point, String.valueOf(e.getMessage()));
      return null;
    }
    v1.put(point, directory);
    return directory;
  }

  // ------------------------------------------------------------------ what others left

  /** Removes this user's groups whose owner has been killed, with what may still live in them. */
  private void tidy(String parent) throws IOException {
    if (!TIDIED.add(parent)) {
      return;
    }
    for (String group : files.groups(parent)) {
      String directory = parent + "/" + group;
      try {
        if (GroupName.isStale(group, files) && files.owner(directory) == files.user()) {
          var tree = new GroupTree(files, directory);
          if (!GroupName.isOwn(group) && !tree.killAtOnce()) {
            tree.killThose();
          }
          tree.removeNow();
        }
      } catch (KernelException e) {
        // What just ends can be removed next time.
        if (e.errno() != Errno.EBUSY) {
          throw e;
        }
        TIDIED.remove(parent);
      }
    }
  }
}
