package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A control group for one process tree: made with its limits, entered by a child, read at the end,
 * removed.
 *
 * {@snippet :
 * try (Cgroup group = Cgroup.create(CgroupLimits.builder().memory(64 << 20).build())) {
 *   var plan =
 *       LaunchPlan.of("/usr/bin/make", List.of("make"))
 *           .launcherSteps(group.openProgram())
 *           .commandSteps(group.enterProgram())
 *           .supervision(Supervision.CHILD_WALK)
 *           .build();
 *   try (Launched make = Launcher.start(plan, StdioSet.inherit())) {
 *     make.await();
 *   }
 *   System.out.println(group.verdict(CgroupResource.MEMORY) + " " + group.reading());
 * }
 * }
 *
 * <p>With version 1, and on hosts that have both versions, the group is one directory in each of
 * several hierarchies. What cannot be limited does not fail: {@link #verdict} tells. It is removed
 * by {@link #close} or when this virtual machine shuts down in order; groups of a virtual machine
 * that was killed are removed by the next one of the same user that makes a group beside them.
 */
public final class Cgroup implements AutoCloseable {
  private static final Set<Cgroup> OPEN = ConcurrentHashMap.newKeySet();

  /** The kernel takes memory from the limit in steps of 64 pages (mm/memcontrol.c). */
  private static final long CHARGED_AT_ONCE = 64 * 4096;

  private final CgroupLimits limits;
  private final CgroupFiles files;
  private final Optional<String> v2;
  private final List<String> directories;
  private final Optional<String> freezer;

  /** Where each limit was set. */
  private final Map<CgroupResource, String> homes;

  private final Map<CgroupResource, CgroupVerdict> verdicts;
  private final List<Slot> slots = new ArrayList<>();

  Cgroup(
      CgroupLimits limits,
      CgroupFiles files,
      Optional<String> v2,
      List<String> directories,
      Optional<String> freezer,
      Map<CgroupResource, String> homes,
      Map<CgroupResource, CgroupVerdict> verdicts) {
    this.limits = limits;
    this.files = files;
    this.v2 = v2;
    this.directories = List.copyOf(directories);
    this.freezer = freezer;
    this.homes = homes;
    this.verdicts = verdicts;
    for (String directory : directories) {
      slots.add(Slot.named("cgroup:" + directory));
    }
    OPEN.add(this);
  }

  /**
   * Makes a group beneath the one that this process is in, or beside it, and sets its limits.
   *
   * <p>It may be that this process has to move to a group of its own for that, see {@code
   * Delegation}: only where its group was delegated and has nobody else in it.
   *
   * @return the group; without any directory if none of the limits can be had
   * @throws IOException if {@code /proc} or a control group cannot be read
   */
  public static Cgroup create(CgroupLimits limits) throws IOException {
    ShutdownHook.ensure();
    return create(limits, CgroupLayout.current(), new HostCgroupFiles());
  }

  static Cgroup create(CgroupLimits limits, CgroupLayout layout, CgroupFiles files)
      throws IOException {
    return new GroupMaker(limits, layout, files).make();
  }

  /** {@return the limits that were asked for} */
  public CgroupLimits limits() {
    return limits;
  }

  /**
   * {@return whether a limit holds}
   *
   * @throws IllegalArgumentException if the resource is not limited
   */
  public CgroupVerdict verdict(CgroupResource resource) {
    CgroupVerdict verdict = verdicts.get(resource);
    if (verdict == null) {
      throw new IllegalArgumentException(resource.key() + " is not limited");
    }
    return verdict;
  }

  /**
   * {@return the group's directories, none if no limit holds}; whoever may write to the files in
   * them can change the limits, and leave.
   */
  public List<Path> directories() {
    var paths = new ArrayList<Path>();
    for (String directory : directories) {
      paths.add(OsText.path(directory));
    }
    return paths;
  }

  /**
   * {@return the steps that open the group}, for the launcher, while it still sees the host's files
   * and has this user's rights
   */
  public SetupProgram openProgram() {
    var steps = new ArrayList<Step>();
    for (int i = 0; i < directories.size(); i++) {
      String file = directories.get(i) + "/cgroup.procs";
      steps.add(
          Step.of(
                  "openat",
                  "open the control group " + file,
                  Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
                  Memory.text(file),
                  Arg.of(Uapi.O_WRONLY() | Uapi.O_CLOEXEC(), "O_WRONLY|O_CLOEXEC"))
              .opening(slots.get(i)));
    }
    return new SetupProgram(steps);
  }

  /**
   * {@return the steps by which the process that runs them enters the group}, after those of {@link
   * #openProgram}. They belong before everything that counts against the limits, and before a
   * filter that refuses write(2).
   */
  public SetupProgram enterProgram() {
    var steps = new ArrayList<Step>();
    Memory self = Memory.of("0".getBytes(StandardCharsets.US_ASCII), "\"0\"");
    for (int i = 0; i < directories.size(); i++) {
      steps.add(
          Step.of(
              "write",
              "enter the control group " + directories.get(i),
              slots.get(i),
              self,
              Arg.of(1)));
      steps.add(Step.close(slots.get(i)));
    }
    return new SetupProgram(steps);
  }

  /**
   * {@return what the group has counted so far}
   *
   * @throws IOException if a counter that this kernel has cannot be read
   */
  public CgroupReading reading() throws IOException {
    String memory = homes.get(CgroupResource.MEMORY);
    String tasks = homes.get(CgroupResource.TASKS);
    String cpu = homes.get(CgroupResource.CPU_PERCENT);
    OptionalLong peak = OptionalLong.empty();
    boolean reached = false;
    long kills = 0;
    if (memory != null && isV2(memory)) {
      String events = read(memory + "/memory.events");
      peak = number(read(memory + "/memory.peak"));
      reached = value(events, "oom") > 0;
      kills = value(events, "oom_kill");
    } else if (memory != null) {
      peak = number(read(memory + "/memory.max_usage_in_bytes"));
      kills = value(read(memory + "/memory.oom_control"), "oom_kill");
      reached =
          isReached(memory + "/memory.", limits.of(CgroupResource.MEMORY).orElseThrow())
              || (isEnforced(CgroupResource.SWAP)
                  && isReached(
                      memory + "/memory.memsw.", limits.ofV1(CgroupResource.SWAP).orElseThrow()));
    }
    long refused = tasks == null ? 0 : value(read(tasks + "/pids.events"), "max");
    long periods = 0;
    Duration throttled = Duration.ZERO;
    if (cpu != null) {
      String statistics = read(cpu + "/cpu.stat");
      periods = value(statistics, "nr_throttled");
      throttled =
          isV2(cpu)
              ? Duration.of(value(statistics, "throttled_usec"), ChronoUnit.MICROS)
              : Duration.ofNanos(value(statistics, "throttled_time"));
    }
    return new CgroupReading(peak, reached, kills, refused, periods, throttled);
  }

  private boolean isEnforced(CgroupResource resource) {
    CgroupVerdict verdict = verdicts.get(resource);
    return verdict != null && verdict.enforced();
  }

  /** Whether a limit of version 1 was in the way. Newer kernels do not always count failures. */
  private boolean isReached(String prefix, long limit) throws IOException {
    return number(read(prefix + "failcnt")).orElse(0) > 0
        || number(read(prefix + "max_usage_in_bytes")).orElse(0) >= limit - CHARGED_AT_ONCE;
  }

  private boolean isV2(String directory) {
    return v2.isPresent() && v2.get().equals(directory);
  }

  /** A counter that this kernel does not have reads as nothing. */
  private String read(String file) throws KernelException {
    try {
      return files.read(file);
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        return "";
      }
      throw e;
    }
  }

  private static OptionalLong number(String text) throws IOException {
    String stripped = text.strip();
    return stripped.isEmpty() ? OptionalLong.empty() : OptionalLong.of(parse(stripped));
  }

  /** The number after a word at the beginning of a line; 0 if there is no such line. */
  private static long value(String text, String key) throws IOException {
    for (String line : text.split("\n", -1)) {
      if (line.startsWith(key + " ")) {
        return parse(line.substring(key.length() + 1).strip());
      }
    }
    return 0;
  }

  private static long parse(String number) throws IOException {
    try {
      return Long.parseLong(number);
    } catch (NumberFormatException e) {
      throw new IOException("a counter of a control group is no number: " + number, e);
    }
  }

  /**
   * Ends all processes in the group: at once with version 2 (Linux 5.14), also where that has no
   * controllers; else frozen by version 1, or one by one until none is left.
   *
   * @throws IOException if something does not end within seconds, or the group's files cannot be
   *     read or written
   */
  public void kill() throws IOException {
    if (v2.isPresent() && new GroupTree(files, v2.get()).killAtOnce()) {
      return;
    }
    if (directories.isEmpty()) {
      return;
    }
    var tree = new GroupTree(files, freezer.orElse(directories.getFirst()));
    if (freezer.isPresent()) {
      // Frozen processes do not fork; they die when they thaw.
      files.write(freezer.get() + "/freezer.state", "FROZEN");
      tree.killThose();
      files.write(freezer.get() + "/freezer.state", "THAWED");
    }
    tree.killOneByOne();
  }

  /**
   * Ends what still runs in the group, and removes it. Once.
   *
   * @throws IOException if something does not end within seconds
   */
  @Override
  public void close() throws IOException {
    if (!OPEN.remove(this)) {
      return;
    }
    if (!directories.isEmpty()) {
      kill();
    }
    for (String directory : directories) {
      new GroupTree(files, directory).remove();
    }
  }

  @Override
  public String toString() {
    return "control group " + directories;
  }

  /** Registered with the first group, so that runs without one do not pay for it. */
  private static final class ShutdownHook {
    static {
      Runtime.getRuntime().addShutdownHook(new Thread(ShutdownHook::closeAll, "cofferdam-cgroups"));
    }

    private ShutdownHook() {}

    static void ensure() {}

    private static void closeAll() {
      for (Cgroup group : OPEN) {
        try {
          group.close();
        } catch (IOException e) {
          System.getLogger(Cgroup.class.getName())
              .log(System.Logger.Level.WARNING, "cannot remove " + group, e);
        }
      }
    }
  }
}
