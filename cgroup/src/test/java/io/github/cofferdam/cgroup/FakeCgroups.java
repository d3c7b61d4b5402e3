package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A model of the kernel's control groups, with the rules of both versions. */
final class FakeCgroups implements CgroupFiles {
  /** A group. */
  static final class Group {
    final Map<String, String> files = new TreeMap<>();
    final Set<Long> processes = new TreeSet<>();
    boolean root;
    int owner;
    boolean delegated;

    boolean v2() {
      return files.containsKey("cgroup.subtree_control");
    }

    Set<String> words(String file) {
      String text = files.getOrDefault(file, "").strip();
      return text.isEmpty() ? new HashSet<>() : new TreeSet<>(List.of(text.split(" ", -1)));
    }
  }

  static final long SELF = 100;

  final Map<String, Group> groups = new TreeMap<>();
  final Map<Long, String> identities = new HashMap<>(Map.of(SELF, "100-7"));
  final Set<String> readOnly = new HashSet<>();

  /** Writes that fail, by the end of the file's name. */
  final Map<String, Errno> failing = new HashMap<>();

  final List<String> log = new ArrayList<>();
  int user;

  /** How many attempts a group stays busy although nothing is in it. */
  int busy;

  boolean killsAtOnce = true;

  /** The type of the groups that are made. */
  String type = "domain";

  /** Makes a group of version 2 from outside. */
  Group v2(String path, String controllers, String passedOn) {
    var group = new Group();
    group.files.put("cgroup.controllers", controllers);
    group.files.put("cgroup.subtree_control", passedOn);
    group.files.put("cgroup.type", type + "\n");
    groups.put(path, group);
    return group;
  }

  /** Makes a group of version 1 from outside. */
  Group v1(String path, String controllers) {
    var group = new Group();
    group.files.put("tasks", controllers);
    groups.put(path, group);
    return group;
  }

  Group at(String path) {
    Group group = groups.get(path);
    if (group == null) {
      throw new AssertionError("no group " + path + " among " + groups.keySet());
    }
    return group;
  }

  private static String parent(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private Group groupOf(String file, String call) throws KernelException {
    Group group = groups.get(parent(file));
    if (group == null) {
      throw new KernelException(call, Errno.ENOENT, "open " + file);
    }
    return group;
  }

  @Override
  public String read(String file) throws KernelException {
    Group group = groupOf(file, "openat");
    if (name(file).equals("cgroup.procs")) {
      var text = new StringBuilder();
      group.processes.forEach(pid -> text.append(pid).append('\n'));
      return text.toString();
    }
    String content = group.files.get(name(file));
    if (content == null || (group.root && name(file).equals("cgroup.type"))) {
      throw new KernelException("openat", Errno.ENOENT, "read " + file);
    }
    return content;
  }

  @Override
  public void write(String file, String text) throws KernelException {
    log.add(text + " > " + file);
    Group group = groupOf(file, "openat");
    String name = name(file);
    Errno error = failing.get(name);
    if (error != null) {
      throw new KernelException("write", error, "write " + text + " to " + file);
    }
    if (!writable(file)) {
      throw new KernelException("openat", Errno.EACCES, "write " + file);
    }
    switch (name) {
      case "cgroup.procs" -> enter(group, Long.parseLong(text), file);
      case "cgroup.subtree_control" -> passOn(group, text.substring(1), file);
      case "cgroup.kill" -> {
        if (!killsAtOnce || !group.v2()) {
          throw new KernelException("openat", Errno.ENOENT, "write " + file);
        }
        group.processes.clear();
      }
      default -> {
        if (!group.files.containsKey(name)) {
          throw new KernelException("openat", Errno.ENOENT, "write " + file);
        }
        group.files.put(name, text);
      }
    }
  }

  private void enter(Group group, long pid, String file) throws KernelException {
    if (group.v2() && !group.root && !group.words("cgroup.subtree_control").isEmpty()) {
      throw new KernelException("write", Errno.EBUSY, "write to " + file);
    }
    for (Group other : groups.values()) {
      if (other.v2() == group.v2()) {
        other.processes.remove(pid);
      }
    }
    group.processes.add(pid);
  }

  private void passOn(Group group, String controller, String file) throws KernelException {
    if (!group.words("cgroup.controllers").contains(controller)) {
      throw new KernelException("write", Errno.ENOENT, "write to " + file);
    }
    if (!group.root && !group.processes.isEmpty()) {
      throw new KernelException("write", Errno.EBUSY, "write to " + file);
    }
    Set<String> words = group.words("cgroup.subtree_control");
    words.add(controller);
    group.files.put("cgroup.subtree_control", String.join(" ", words));
    for (Map.Entry<String, Group> other : groups.entrySet()) {
      if (parent(other.getKey()).equals(parent(file))) {
        other.getValue().files.put("cgroup.controllers", String.join(" ", words));
        filesOf(controller, true).forEach(name -> other.getValue().files.put(name, ""));
      }
    }
  }

  @Override
  public void makeGroup(String directory) throws KernelException {
    Group parent = groupOf(directory, "mkdirat");
    if (!writable(parent(directory))) {
      throw new KernelException("mkdirat", Errno.EACCES, "make the control group " + directory);
    }
    if (groups.containsKey(directory)) {
      throw new KernelException("mkdirat", Errno.EEXIST, "make the control group " + directory);
    }
    log.add("mkdir " + directory);
    Group group =
        parent.v2()
            ? v2(directory, parent.files.getOrDefault("cgroup.subtree_control", ""), "")
            : v1(directory, parent.files.getOrDefault("tasks", ""));
    group.owner = user;
    String controllers = parent.files.get(parent.v2() ? "cgroup.subtree_control" : "tasks");
    for (String controller : String.valueOf(controllers).strip().split(" ", -1)) {
      for (String file : filesOf(controller, parent.v2())) {
        group.files.put(file, "");
      }
    }
  }

  private static List<String> filesOf(String controller, boolean v2) {
    return switch (controller) {
      case "memory" ->
          v2
              ? List.of("memory.max", "memory.swap.max", "memory.events", "memory.peak")
              : List.of(
                  "memory.limit_in_bytes",
                  "memory.memsw.limit_in_bytes",
                  "memory.oom_control",
                  "memory.failcnt",
                  "memory.memsw.failcnt",
                  "memory.max_usage_in_bytes");
      case "pids" -> List.of("pids.max", "pids.events");
      case "cpu" ->
          v2
              ? List.of("cpu.max", "cpu.stat")
              : List.of("cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.stat");
      case "io" -> List.of("io.max");
      case "freezer" -> List.of("freezer.state");
      default -> List.of();
    };
  }

  @Override
  public void removeGroup(String directory) throws KernelException {
    Group group = groups.get(directory);
    if (group == null) {
      throw new KernelException("unlinkat", Errno.ENOENT, "remove " + directory);
    }
    boolean parent = groups.keySet().stream().anyMatch(path -> path.startsWith(directory + "/"));
    if (!group.processes.isEmpty() || parent || busy > 0) {
      busy--;
      throw new KernelException("unlinkat", Errno.EBUSY, "remove " + directory);
    }
    log.add("rmdir " + directory);
    groups.remove(directory);
  }

  @Override
  public List<String> groups(String directory) throws IOException {
    if (!groups.containsKey(directory)) {
      throw new NoSuchFileException(directory);
    }
    return groups.keySet().stream()
        .filter(path -> path.lastIndexOf('/') > 0 && parent(path).equals(directory))
        .map(FakeCgroups::name)
        .toList();
  }

  @Override
  public boolean writable(String file) {
    for (String path : readOnly) {
      if (file.equals(path) || (!groups.containsKey(file) && parent(file).equals(path))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int owner(String directory) {
    return at(directory).owner;
  }

  @Override
  public boolean markedAsDelegated(String directory) {
    return at(directory).delegated;
  }

  @Override
  public int user() {
    return user;
  }

  @Override
  public String identity(long pid) {
    return identities.getOrDefault(pid, "");
  }

  @Override
  public long processNamespace() {
    return 4;
  }

  @Override
  public long self() {
    return SELF;
  }

  @Override
  public void kill(long pid, String procs) {
    log.add("kill " + pid);
    at(parent(procs)).processes.remove(pid);
  }

  @Override
  public void pause() {
    log.add("pause");
  }
}
