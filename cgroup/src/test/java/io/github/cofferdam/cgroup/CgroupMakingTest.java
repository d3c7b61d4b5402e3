package io.github.cofferdam.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is made where, on hosts of all kinds. */
class CgroupMakingTest {
  private static final AtomicLong NUMBER = new AtomicLong();

  /** Each test has a mount point of its own: what others left is looked for once in a place. */
  private final String top = "/top" + NUMBER.incrementAndGet();

  private final FakeCgroups files = new FakeCgroups();

  private static CgroupLimits all() {
    return CgroupLimits.builder()
        .memory(1 << 20)
        .swap(0)
        .tasks(5)
        .cpuPercent(150)
        .io(new IoLimit("8:0", OptionalLong.of(7), OptionalLong.empty()))
        .build();
  }

  private CgroupLayout v2(String group) {
    return CgroupLayout.parse("1 1 0:1 / " + top + " rw - cgroup2 cgroup2 rw\n", "0::" + group);
  }

  private CgroupLayout v1() {
    return CgroupLayout.parse(v1Mounts(), v1Groups());
  }

  private String v1Mounts() {
    var text = new StringBuilder();
    for (String controller : List.of("memory", "pids", "cpu", "freezer")) {
      String point = top + "-" + controller;
      text.append("1 1 0:1 / " + point + " rw - cgroup cgroup rw," + controller + "\n");
      files.v1(point, controller);
      files.v1(point + "/own", controller).processes.add(FakeCgroups.SELF);
    }
    return text.toString();
  }

  private static String v1Groups() {
    return "4:memory:/own\n3:pids:/own\n2:cpu:/own\n1:freezer:/own\n";
  }

  private Set<CgroupResource> enforced(Cgroup group) {
    return group.limits().resources().stream()
        .filter(resource -> group.verdict(resource).enforced())
        .collect(Collectors.toSet());
  }

  private Cgroup create(CgroupLayout layout) throws IOException {
    return Cgroup.create(all(), layout, files);
  }

  // ---------------------------------------------------------------- version 2

  @Test
  void aGroupAboveThatPassesTheControllersOn() throws Exception {
    files.v2(top, "cpu io memory pids", "cpu io memory pids").root = true;
    files.v2(top + "/slice", "cpu io memory pids", "cpu io memory pids");
    files.v2(top + "/slice/own", "cpu io memory pids", "").processes.addAll(Set.of(100L, 3L));
    files.readOnly.add(top);
    String before = files.groups.keySet().toString();

    Cgroup group = create(v2("/slice/own"));

    assertEquals(all().resources(), enforced(group));
    String directory = group.directories().getFirst().toString();
    assertTrue(directory.startsWith(top + "/slice/cofferdam-4-100-7-"), directory);
    FakeCgroups.Group made = files.at(directory);
    assertEquals("1048576", made.files.get("memory.max"));
    assertEquals("0", made.files.get("memory.swap.max"));
    assertEquals("5", made.files.get("pids.max"));
    assertEquals("150000 100000", made.files.get("cpu.max"));
    assertEquals("8:0 rbps=7 wbps=max", made.files.get("io.max"));
    assertEquals(Set.of(100L, 3L), files.at(top + "/slice/own").processes, "nobody was moved");
    assertEquals("memory.max (cgroup v2)", group.verdict(CgroupResource.MEMORY).detail());

    group.close();
    assertEquals(before, files.groups.keySet().toString());
  }

  @Test
  void theLimitsOfTheGroupThatIsLeftComeAlong() throws Exception {
    files.v2(top, "cpu memory pids", "cpu memory pids").root = true;
    FakeCgroups.Group slice = files.v2(top + "/slice", "cpu memory pids", "cpu memory pids");
    slice.files.put("memory.max", "max\n");
    slice.files.put("memory.swap.max", "5000\n");
    slice.files.put("pids.max", "4\n");
    slice.files.put("cpu.max", "30000 100000\n");
    FakeCgroups.Group own = files.v2(top + "/slice/own", "cpu memory pids", "");
    own.processes.addAll(Set.of(100L, 3L));
    own.files.put("memory.max", "9000\n");
    own.files.put("memory.swap.max", "7000\n");
    own.files.put("cpu.max", "max 100000\n");
    files.readOnly.add(top + "/slice");
    CgroupLimits limits = CgroupLimits.builder().memory(1 << 20).cpuPercent(20).build();

    Cgroup group = Cgroup.create(limits, v2("/slice/own"), files);

    FakeCgroups.Group made = files.at(group.directories().getFirst().toString());
    assertEquals("9000", made.files.get("memory.max"));
    assertEquals("5000", made.files.get("memory.swap.max"));
    assertEquals("4", made.files.get("pids.max"));
    assertEquals("20000 100000", made.files.get("cpu.max"));
    group.close();

    // Where they cannot come along, there is no group.
    files.failing.put("pids.max", Errno.EINVAL);
    assertEquals(List.of(), Cgroup.create(limits, v2("/slice/own"), files).directories());
    assertEquals(3, files.groups.size());
  }

  @Test
  void theRootOfAllIsUsedAsItIs() throws Exception {
    FakeCgroups.Group root = files.v2(top, "cpu memory pids", "memory pids");
    root.root = true;
    root.processes.addAll(Set.of(1L, 100L));

    Cgroup group = create(v2("/"));

    assertEquals(
        Set.of(CgroupResource.MEMORY, CgroupResource.SWAP, CgroupResource.TASKS), enforced(group));
    assertEquals("memory pids", root.files.get("cgroup.subtree_control"), "not changed");
    assertEquals(Set.of(1L, 100L), root.processes);
    assertTrue(
        group
            .verdict(CgroupResource.CPU_PERCENT)
            .detail()
            .contains("passes the controller cpu on"));
  }

  @Test
  void aDelegatedGroupThatThisProcessIsAloneInIsRearranged() throws Exception {
    files.user = 1000;
    files.v2(top, "cpu memory pids", "cpu memory pids").root = true;
    files.readOnly.add(top);
    files.v2(top + "/own", "cpu memory pids", "").processes.add(FakeCgroups.SELF);

    Cgroup group = create(v2("/own"));

    String below = top + "/own/cofferdam-4-100-7-self";
    assertEquals(Set.of(FakeCgroups.SELF), files.at(below).processes);
    assertEquals("cpu memory pids", files.at(top + "/own").files.get("cgroup.subtree_control"));
    assertTrue(enforced(group).contains(CgroupResource.MEMORY));
    assertTrue(group.directories().getFirst().startsWith(top + "/own"));

    // From now on it is a group above that passes on.
    Cgroup next = create(v2("/own/cofferdam-4-100-7-self"));
    assertEquals(
        group.directories().getFirst().getParent(), next.directories().getFirst().getParent());
    assertEquals(enforced(group), enforced(next));
  }

  @Test
  void aGroupWithProcessesOfOthersStaysAsItIs() throws Exception {
    files.user = 1000;
    files.v2(top, "memory pids", "memory pids").root = true;
    files.readOnly.add(top);
    FakeCgroups.Group own = files.v2(top + "/own", "memory pids", "");
    own.processes.addAll(Set.of(FakeCgroups.SELF, 200L));

    Cgroup group = create(v2("/own"));

    assertEquals(Set.of(), enforced(group));
    assertEquals(List.of(), group.directories());
    assertEquals(Set.of(FakeCgroups.SELF, 200L), own.processes);
    assertEquals("", own.files.get("cgroup.subtree_control"));
    assertEquals(Set.of(top, top + "/own"), files.groups.keySet());
  }

  /** Root may write everywhere: that alone gives it nothing. */
  @Test
  void rootRearrangesOnlyWhatWasGivenToIt() throws Exception {
    files.v2(top, "memory pids", "memory pids").root = true;
    files.readOnly.add(top);
    FakeCgroups.Group own = files.v2(top + "/own", "memory pids", "");
    own.processes.add(FakeCgroups.SELF);

    assertEquals(Set.of(), enforced(create(v2("/own"))));
    assertEquals(Set.of(FakeCgroups.SELF), own.processes);

    own.delegated = true;
    assertTrue(enforced(create(v2("/own"))).contains(CgroupResource.TASKS));
  }

  @Test
  void aContainersOwnViewWasGivenToIt() throws Exception {
    files.v2(top, "memory pids", "").processes.add(FakeCgroups.SELF);

    assertTrue(enforced(create(v2("/"))).contains(CgroupResource.TASKS));
  }

  @Test
  void whatCannotBePassedOnIsUndone() throws Exception {
    files.user = 1000;
    files.v2(top, "memory pids", "").processes.add(FakeCgroups.SELF);
    files.failing.put("cgroup.subtree_control", Errno.EBUSY);

    assertEquals(Set.of(), enforced(create(v2("/"))));
    assertEquals(Set.of(top), files.groups.keySet());
    assertEquals(Set.of(FakeCgroups.SELF), files.at(top).processes);
  }

  @Test
  void aGroupOfThreadsTakesNoProcesses() throws Exception {
    files.v2(top, "memory pids", "memory pids").root = true;
    files.type = "domain invalid";

    Cgroup group = create(v2("/"));

    assertEquals(Set.of(), enforced(group));
    assertEquals(Set.of(top), files.groups.keySet());
  }

  @Test
  void nothingWritable() throws Exception {
    files.v2(top, "memory pids", "memory pids");
    files.readOnly.add(top);

    Cgroup group = create(v2("/"));

    assertEquals(Set.of(), enforced(group));
    assertEquals(List.of(), group.directories());
    assertTrue(group.openProgram().isEmpty());
    assertTrue(group.enterProgram().isEmpty());
    assertEquals(CgroupReading.NONE, group.reading());
    group.close();
  }

  // ---------------------------------------------------------------- version 1

  @Test
  void eachControllerInItsHierarchy() throws Exception {
    Cgroup group = create(v1());

    assertEquals(
        Set.of(
            CgroupResource.MEMORY,
            CgroupResource.SWAP,
            CgroupResource.TASKS,
            CgroupResource.CPU_PERCENT),
        enforced(group));
    assertEquals(4, group.directories().size(), "the freezer is for the end");
    String memory = directory(group, "memory");
    assertTrue(memory.startsWith(top + "-memory/own/cofferdam-4-100-7-"));
    assertEquals("1048576", files.at(memory).files.get("memory.limit_in_bytes"));
    assertEquals("1048576", files.at(memory).files.get("memory.memsw.limit_in_bytes"));
    assertEquals("5", files.at(directory(group, "pids")).files.get("pids.max"));
    assertEquals("150000", files.at(directory(group, "cpu")).files.get("cpu.cfs_quota_us"));
    assertEquals("100000", files.at(directory(group, "cpu")).files.get("cpu.cfs_period_us"));
    assertEquals(4, group.openProgram().steps().size());
    assertEquals(8, group.enterProgram().steps().size());

    files.at(memory).files.put("memory.max_usage_in_bytes", "500000\n");
    assertFalse(group.reading().memoryLimitReached());
    files.at(memory).files.put("memory.max_usage_in_bytes", "1048570\n");
    assertTrue(group.reading().memoryLimitReached(), "not every kernel counts the failures");
    files.at(memory).files.put("memory.memsw.failcnt", "3\n");
    files.at(memory).files.put("memory.oom_control", "oom_kill_disable 0\noom_kill 2\n");
    files.at(directory(group, "pids")).files.put("pids.events", "max 4\n");
    files
        .at(directory(group, "cpu"))
        .files
        .put("cpu.stat", "nr_periods 9\nnr_throttled 6\nthrottled_time 5000\n");
    CgroupReading reading = group.reading();
    assertEquals(
        new CgroupReading(OptionalLong.of(1048570), true, 2, 4, 6, Duration.ofNanos(5000)),
        reading);
    assertTrue(reading.memoryExhausted());

    group.close();
    assertEquals(8, files.groups.size());
  }

  private static String directory(Cgroup group, String controller) {
    return group.directories().stream()
        .map(Object::toString)
        .filter(path -> path.contains("-" + controller + "/"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theFreezerHoldsWhatIsKilled() throws Exception {
    Cgroup group = create(v1());
    for (String controller : List.of("memory", "pids", "cpu", "freezer")) {
      files.at(directory(group, controller)).processes.addAll(Set.of(41L, 42L));
    }
    files.log.clear();

    group.kill();

    String freezer = directory(group, "freezer");
    assertEquals(
        List.of(
            "FROZEN > " + freezer + "/freezer.state",
            "kill 41",
            "kill 42",
            "THAWED > " + freezer + "/freezer.state"),
        files.log);
  }

  @Test
  void oneHierarchyThatMayNotBeUsed() throws Exception {
    CgroupLayout layout = v1();
    files.readOnly.add(top + "-memory/own");

    Cgroup group = create(layout);

    assertEquals(Set.of(CgroupResource.TASKS, CgroupResource.CPU_PERCENT), enforced(group));
    assertEquals(
        "this user may not make control groups in " + top + "-memory/own",
        group.verdict(CgroupResource.MEMORY).detail());
  }

  @Test
  void aLimitThatTheKernelRefuses() throws Exception {
    files.failing.put("cpu.cfs_quota_us", Errno.EINVAL);

    Cgroup group = create(v1());

    assertFalse(group.verdict(CgroupResource.CPU_PERCENT).enforced());
    assertTrue(group.verdict(CgroupResource.CPU_PERCENT).detail().contains("EINVAL"));
    assertTrue(group.verdict(CgroupResource.TASKS).enforced());
  }

  // ---------------------------------------------------------------- hybrid

  @Test
  void version2WithoutControllersStillKills() throws Exception {
    FakeCgroups.Group root = files.v2(top, "hugetlb", "");
    root.root = true;
    root.processes.addAll(Set.of(1L, 100L));
    CgroupLayout layout =
        CgroupLayout.parse(
            v1Mounts() + "1 1 0:1 / " + top + " rw - cgroup2 cgroup2 rw\n", v1Groups() + "0::/\n");

    Cgroup group = create(layout);

    assertEquals("pids.max (cgroup v1)", group.verdict(CgroupResource.TASKS).detail());
    String v2 = group.directories().getFirst().toString();
    assertTrue(v2.startsWith(top + "/cofferdam-"), v2);
    assertEquals(4, group.directories().size(), "no freezer");
    files.at(v2).processes.add(41L);
    group.kill();
    assertEquals(Set.of(), files.at(v2).processes);
    assertEquals("1 > " + v2 + "/cgroup.kill", files.log.getLast());

    // Before Linux 5.14.
    files.killsAtOnce = false;
    files.at(v2).processes.add(41L);
    group.kill();
    assertEquals(Set.of(), files.at(v2).processes);
  }

  // ---------------------------------------------------------------- the end

  @Test
  void readsVersion2() throws Exception {
    files.v2(top, "cpu memory pids", "cpu memory pids").root = true;
    Cgroup group = create(v2("/"));
    FakeCgroups.Group made = files.at(group.directories().getFirst().toString());
    made.files.put("memory.peak", "777\n");
    made.files.put("memory.events", "low 0\nhigh 0\nmax 55\noom 0\noom_kill 1\noom_group_kill 0\n");
    made.files.put("pids.events", "max 0\n");
    made.files.put("cpu.stat", "usage_usec 9\nnr_throttled 2\nthrottled_usec 30\n");

    assertEquals(
        new CgroupReading(OptionalLong.of(777), false, 1, 0, 2, Duration.ofNanos(30_000)),
        group.reading());
    assertFalse(group.reading().memoryExhausted(), "it was another limit, or the machine's end");

    made.files.remove("memory.peak");
    assertEquals(OptionalLong.empty(), group.reading().peakMemory());
    made.files.put("pids.events", "max many\n");
    assertThrows(IOException.class, group::reading);
  }

  @Test
  void groupsThatTheCommandMadeGoToo() throws Exception {
    files.v2(top, "memory pids", "memory pids").root = true;
    Cgroup group = create(v2("/"));
    String directory = group.directories().getFirst().toString();
    files.makeGroup(directory + "/inner");
    files.makeGroup(directory + "/inner/most");
    files.busy = 3;

    group.close();
    group.close();

    assertEquals(Set.of(top), files.groups.keySet());
  }

  @Test
  void whatAKilledMachineLeftIsRemovedByTheNextOne() throws Exception {
    files.user = 1000;
    files.identities.put(300L, "300-8");
    files.v2(top, "memory pids", "memory pids").root = true;
    for (String name :
        List.of(
            "cofferdam-4-200-5-1", // has ended
            "cofferdam-4-300-7-1", // another process has its id now
            "cofferdam-4-300-8-1", // is alive
            "cofferdam-9-200-5-1", // cannot be seen
            "cofferdam-4-200-5-2", // another user's
            "cofferdam-4-200-5-self",
            "cofferdam",
            "other")) {
      files.v2(top + "/" + name, "", "").owner = 1000;
    }
    files.at(top + "/cofferdam-4-200-5-2").owner = 0;
    files.at(top + "/cofferdam-4-200-5-1").processes.add(41L);
    // What the owner had started itself is no sandbox's, and lives on.
    files.at(top + "/cofferdam-4-200-5-self").processes.add(42L);

    create(v2("/")).close();

    assertEquals(
        Set.of(
            top,
            top + "/cofferdam",
            top + "/other",
            top + "/cofferdam-4-200-5-self",
            top + "/cofferdam-4-300-8-1",
            top + "/cofferdam-9-200-5-1",
            top + "/cofferdam-4-200-5-2"),
        files.groups.keySet());
    assertEquals(Set.of(42L), files.at(top + "/cofferdam-4-200-5-self").processes);
  }
}
