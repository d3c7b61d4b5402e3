package io.github.cofferdam.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Commands in control groups of this machine, as far as this user may make some. */
@Tag("kernel")
class CgroupChildTest {
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  private record Result(Exit exit, String output, CgroupReading reading) {}

  private static Cgroup create(CgroupLimits limits) throws Exception {
    Cgroup group = Cgroup.create(limits);
    for (CgroupResource resource : limits.resources()) {
      if (resource != CgroupResource.SWAP && !group.verdict(resource).enforced()) {
        group.close();
      }
    }
    assumeTrue(!group.directories().isEmpty(), () -> "no control group: " + verdicts(group));
    return group;
  }

  private static String verdicts(Cgroup group) {
    var text = new StringBuilder();
    for (CgroupResource resource : group.limits().resources()) {
      text.append(group.verdict(resource)).append(' ');
    }
    return text.toString();
  }

  private static Result run(CgroupLimits limits, String... command) throws Exception {
    Cgroup group = create(limits);
    Result result;
    try (group) {
      result = run(group, command);
    }
    for (Path directory : group.directories()) {
      assertFalse(Files.exists(directory), directory::toString);
    }
    return result;
  }

  private static Result run(Cgroup group, String... command) throws Exception {
    LaunchPlan plan =
        LaunchPlan.of(command[0], List.of(command))
            .launcherSteps(group.openProgram())
            .commandSteps(group.enterProgram())
            .supervision(Supervision.CHILD_WALK)
            .build();
    var streams = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
    try (Launched launched = Launcher.start(plan, streams)) {
      String output =
          new String(
              new FdInputStream(launched.stream(1).orElseThrow()).readAllBytes(),
              StandardCharsets.UTF_8);
      return new Result(launched.await(), output, group.reading());
    }
  }

  private static CgroupLimits tasks(int count) {
    return CgroupLimits.builder().tasks(count).build();
  }

  @Test
  void onlyTheCommandIsInTheGroup() throws Exception {
    String before = Files.readString(Path.of("/proc/self/cgroup"));

    Result result =
        run(tasks(9), "/bin/sh", "-c", "cat /proc/self/cgroup; echo ---; cat /proc/$PPID/cgroup");

    String[] parts = result.output().split("---", 2);
    assertTrue(parts[0].contains("/cofferdam-"), result.output());
    assertFalse(parts[1].contains("/cofferdam-"), result.output());
    assertEquals(before, Files.readString(Path.of("/proc/self/cgroup")));
    assertEquals(0, result.reading().refusedTasks());
  }

  @Test
  void tasksAreCountedForTheTree() throws Exception {
    Result result =
        run(
            tasks(6),
            "/bin/sh",
            "-c",
            "i=0; while [ $i -lt 20 ]; do sleep 1000 & i=$((i+1)); done; echo all");

    // dash gives up at the first fork that fails.
    assertEquals(2, result.exit().code(), result.output());
    assertTrue(result.reading().refusedTasks() > 0);
  }

  @Test
  void memoryIsCountedForTheTree() throws Exception {
    assumeTrue(Files.isExecutable(PYTHON), "no python3");
    CgroupLimits limits = CgroupLimits.builder().memory(40 << 20).swap(0).build();

    // A process each of which would fit.
    Result result =
        run(
            limits,
            PYTHON.toString(),
            "-Ic",
            """
            import os
            for i in range(4):
                r, w = os.pipe()
                if os.fork() == 0:
                    block = b'x' * (15 << 20)
                    os.write(w, b'x')
                    os.close(w)
                    os.read(0, 1)
                    import time
                    time.sleep(1000)
                os.close(w)
                os.read(r, 1)
            """);

    assertTrue(result.reading().memoryExhausted(), result.reading()::toString);
    long peak = result.reading().peakMemory().orElseThrow();
    assertTrue(peak > 30 << 20 && peak <= 40 << 20, () -> "" + peak);
  }

  @Test
  void theMemoryBombItself() throws Exception {
    assumeTrue(Files.isExecutable(PYTHON), "no python3");
    CgroupLimits limits = CgroupLimits.builder().memory(40 << 20).swap(0).build();

    Result result = run(limits, PYTHON.toString(), "-Ic", "x = bytearray(1 << 30)");

    assertEquals(Uapi.SIGKILL(), result.exit().signal());
    assertTrue(result.reading().memoryExhausted(), result.reading()::toString);
  }

  /** So little that not even exec has enough: it fails, or the command dies; nothing else does. */
  @Test
  void tooLittleMemoryToStart() throws Exception {
    try (Cgroup group = create(CgroupLimits.builder().memory(4096).swap(0).build())) {
      try {
        Result result = run(group, "/bin/sh", "-c", "echo ran");
        assertEquals("", result.output());
        assertEquals(Exit.Reason.BY_ITSELF, result.exit().reason());
      } catch (KernelException e) {
        assertTrue(e.toString().contains("execve"), e::toString);
      }
    }
  }

  @Test
  void cpuTimeIsSharedOut() throws Exception {
    Result result =
        run(
            CgroupLimits.builder().cpuPercent(10).build(),
            "/bin/sh",
            "-c",
            "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");

    assertEquals(0, result.exit().status(), result.output());
    assertTrue(result.reading().throttledPeriods() > 0, result.reading()::toString);
    assertFalse(result.reading().throttledTime().isZero());
  }

  /** By the way for hosts without version 2, whatever this one has. */
  @Test
  void theFreezerEndsWhatTheSupervisorCannot() throws Exception {
    String groups = Files.readString(Path.of("/proc/self/cgroup")).replaceAll("(?m)^0::.*\n", "");
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    Cgroup group =
        Cgroup.create(tasks(20), CgroupLayout.parse(mounts, groups), new HostCgroupFiles());
    assumeTrue(group.directories().size() == 2, () -> "no freezer: " + verdicts(group));
    try (group) {
      LaunchPlan plan =
          LaunchPlan.of(
                  "/bin/sh",
                  List.of("/bin/sh", "-c", "setsid sleep 1000 & setsid sleep 1000 & echo; wait"))
              .launcherSteps(group.openProgram())
              .commandSteps(group.enterProgram())
              .build();
      var streams = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
      try (Launched launched = Launcher.start(plan, streams)) {
        assertEquals('\n', new FdInputStream(launched.stream(1).orElseThrow()).read());
        assertFalse(members(group).isEmpty());

        group.kill();

        assertEquals(Uapi.SIGKILL(), launched.await().signal());
        assertEquals("", members(group));
      }
    }
    for (Path directory : group.directories()) {
      assertFalse(Files.exists(directory));
    }
  }

  private static String members(Cgroup group) throws Exception {
    return Files.readString(group.directories().getFirst().resolve("cgroup.procs"));
  }

  @Test
  void whoMayMakeNoGroupLearnsWhy() throws Exception {
    assumeTrue(Syscall.call(Syscall.number("geteuid")) != 0, "root may");
    try (Cgroup group = Cgroup.create(CgroupLimits.builder().memory(1 << 20).tasks(4).build())) {
      assumeTrue(group.directories().isEmpty(), "this user may");
      assertTrue(group.verdict(CgroupResource.MEMORY).detail().contains("this user may"));
      assertTrue(group.verdict(CgroupResource.TASKS).detail().contains("this user may"));
      assertTrue(group.openProgram().then(group.enterProgram()).isEmpty());
    }
  }
}
