package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes the directories of one group and sets its limits. */
final class GroupMaker {
  /** Length of the periods in which CPU time is shared out, in microseconds: the default. */
  private static final long PERIOD = 100_000;

  /**
   * PID_MAX_LIMIT of 64-bit machines (linux/threads.h): no machine has more, and more is EINVAL.
   */
  private static final long MOST_TASKS = 4 << 20;

  /** Directories in which this virtual machine has looked for what others left. */
  private static final Set<String> TIDIED = ConcurrentHashMap.newKeySet();

  private final CgroupLimits limits;
  private final CgroupLayout layout;
  private final CgroupFiles files;
  private final String name;

  private @Nullable String second;
  private Set<String> secondControllers = Set.of();

  /** Limits of groups that are left out, see {@link Delegation}. */
  private Map<String, Long> carried = Map.of();

  /** Of version 1, by mount point. */
  private final Map<String, String> first = new HashMap<>();

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
      makeSecond();
      for (CgroupResource resource : limits.resources()) {
        verdicts.put(resource, limit(resource));
      }
      if (homes.isEmpty()) {
        removeAll();
      } else if (second == null) {
        freezer = first("freezer");
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
        limits, files, Optional.ofNullable(second), directories(), freezer(), homes, verdicts);
  }

  private Optional<String> freezer() {
    return Optional.ofNullable(freezer);
  }

  private List<String> directories() {
    var directories = new ArrayList<String>();
    if (second != null) {
      directories.add(second);
    }
    directories.addAll(first.values());
    return directories;
  }

  private void removeAll() throws IOException {
    for (String directory : directories()) {
      new GroupTree(files, directory).remove();
    }
    second = null;
    first.clear();
  }

  // ------------------------------------------------------------------ version 2

  private void makeSecond() throws IOException {
    Optional<CgroupHierarchy> hierarchy = layout.second();
    if (hierarchy.isEmpty()) {
      return;
    }
    var wanted = new HashSet<String>();
    for (CgroupResource resource : limits.resources()) {
      wanted.add(resource.second());
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
    second = directory;
    // In a subtree of threads, a group takes no processes.
    boolean domain = files.read(directory + "/cgroup.type").strip().equals("domain");
    if (domain && carry(place.carried(), directory)) {
      secondControllers = place.controllers();
      carried = place.carried();
    } else {
      removeAll();
    }
  }

  /** Nobody gets out of the limits of the group that this process is in by way of ours. */
  private boolean carry(Map<String, Long> limits, String directory) {
    for (Map.Entry<String, Long> limit : limits.entrySet()) {
      String file = limit.getKey();
      String value =
          file.equals("cpu.max") ? share(limit.getValue()) : Long.toString(limit.getValue());
      try {
        files.write(directory + "/" + file, value);
      } catch (KernelException e) {
        return false;
      }
    }
    return true;
  }

  private static String share(long percent) {
    return percent * PERIOD / 100 + " " + PERIOD;
  }

  /** A limit of ours that is not above one that came along. */
  private long least(String file, long value) {
    return Math.min(value, carried.getOrDefault(file, Long.MAX_VALUE));
  }

  // ------------------------------------------------------------------ limits

  private CgroupVerdict limit(CgroupResource resource) throws IOException {
    if (second != null && secondControllers.contains(resource.second())) {
      return set(resource, 2, second, settings(resource, 2));
    }
    if (!resource.first().isEmpty()) {
      String directory = first(resource.first());
      if (directory != null) {
        List<String> settings = settings(resource, 1);
        return settings.isEmpty()
            ? new CgroupVerdict(false, "version 1 limits it only together with memory")
            : set(resource, 1, directory, settings);
      }
    }
    return new CgroupVerdict(false, whyNone(resource));
  }

  /** Files and what is written to them, one after the other. */
  private List<String> settings(CgroupResource resource, int version) {
    boolean two = version == 2;
    return switch (resource) {
      case MEMORY -> {
        long memory = limits.memory().orElseThrow();
        yield two
            ? List.of("memory.max", Long.toString(least("memory.max", memory)))
            : List.of("memory.limit_in_bytes", Long.toString(memory));
      }
      case SWAP -> {
        long swap = limits.swap().orElseThrow();
        if (two) {
          yield List.of("memory.swap.max", Long.toString(least("memory.swap.max", swap)));
        }
        yield limits.memory().isEmpty()
            ? List.of()
            : List.of(
                "memory.memsw.limit_in_bytes",
                Long.toString(sum(limits.memory().orElseThrow(), swap)));
      }
      case TASKS -> {
        long tasks = Math.min(limits.tasks().orElseThrow(), MOST_TASKS);
        yield List.of("pids.max", Long.toString(two ? least("pids.max", tasks) : tasks));
      }
      case CPU -> {
        long percent = limits.cpuPercent().orElseThrow();
        yield two
            ? List.of("cpu.max", share(least("cpu.max", percent)))
            : List.of(
                "cpu.cfs_period_us",
                Long.toString(PERIOD),
                "cpu.cfs_quota_us",
                Long.toString(percent * PERIOD / 100));
      }
      case IO -> {
        var lines = new ArrayList<String>();
        for (IoLimit limit : limits.io()) {
          lines.add("io.max");
          lines.add(limit.line());
        }
        yield lines;
      }
    };
  }

  static long sum(long memory, long swap) {
    return swap > Long.MAX_VALUE - memory ? Long.MAX_VALUE : memory + swap;
  }

  private CgroupVerdict set(
      CgroupResource resource, int version, String directory, List<String> settings) {
    for (int i = 0; i < settings.size(); i += 2) {
      try {
        files.write(directory + "/" + settings.get(i), settings.get(i + 1));
      } catch (KernelException e) {
        return new CgroupVerdict(false, String.valueOf(e.getMessage()));
      }
    }
    homes.put(resource, directory);
    return new CgroupVerdict(
        true, settings.get(settings.size() - 2) + " (cgroup v" + version + ")");
  }

  private String whyNone(CgroupResource resource) {
    Optional<CgroupHierarchy> hierarchy = layout.first(resource.first());
    if (hierarchy.isPresent()) {
      String refusal = refusals.get(hierarchy.get().mountPoint().orElse(""));
      return refusal == null ? "the group of this process cannot be seen here" : refusal;
    }
    if (layout.second().isEmpty()) {
      return layout.first().isEmpty()
          ? "no control groups are mounted"
          : "there is no control group with the controller " + resource.second();
    }
    return "no control group that this user may write to passes the controller "
        + resource.second()
        + " on";
  }

  // ------------------------------------------------------------------ version 1

  /** The group's directory in the hierarchy of a controller; null if there can be none. */
  private @Nullable String first(String controller) throws IOException {
    Optional<CgroupHierarchy> hierarchy = layout.first(controller);
    if (hierarchy.isEmpty() || hierarchy.get().directory().isEmpty()) {
      return null;
    }
    String point = hierarchy.get().mountPoint().orElseThrow();
    String known = first.get(point);
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
    first.put(point, directory);
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
