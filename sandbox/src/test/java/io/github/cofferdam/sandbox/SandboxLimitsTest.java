package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.cgroup.CgroupHierarchy;
import io.github.cofferdam.cgroup.CgroupLayout;
import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits, and what is said about them when they are hit. */
@Tag("kernel")
class SandboxLimitsTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path temporary;

  // ---------------------------------------------------------------- help

  /** Whether this user gets a control group for a limit, asked as a user would. */
  private static void assumeGroup(TreeLimit limit) throws Exception {
    Policy policy = bestEffort(readonly().limit(limit, 5_000_000));
    DryRun dryRun = Sandboxed.of(policy).command("true").dryRun();
    EnforcedProtection limits = dryRun.enforcement().of(Protection.LIMITS);
    assumeTrue(limits.detail().contains("(cgroup v"), limits::detail);
  }

  private static Policy bestEffort(Policy.Builder builder) {
    return builder.enforcement(Protection.LIMITS, Requirement.PREFER).build();
  }

  private static boolean isRoot() {
    return Syscall.call(Syscall.number("geteuid")) == 0;
  }

  private static EnforcedProtection limits(Outcome outcome) {
    return outcome.enforcement().orElseThrow().of(Protection.LIMITS);
  }

  private static List<String> hits(Outcome outcome) {
    return outcome.limitsHit().stream().map(HitLimit::limit).toList();
  }

  private static String endedBy(Outcome outcome) {
    return outcome.ending() instanceof Ending.LimitHit hit
        ? hit.limit() + " " + hit.signal()
        : outcome.ending() + " " + text(outcome);
  }

  /** Groups of this virtual machine, wherever there are some. */
  private static List<Path> groups() throws IOException {
    var groups = new ArrayList<Path>();
    for (CgroupHierarchy hierarchy : CgroupLayout.current().hierarchies()) {
      if (hierarchy.directory().isPresent()) {
        try (Stream<Path> all = Files.list(Path.of(hierarchy.directory().get()))) {
          String own = "-" + ProcessHandle.current().pid() + "-";
          all.filter(path -> path.getFileName().toString().startsWith("cofferdam-"))
              .filter(path -> path.getFileName().toString().contains(own))
              .forEach(groups::add);
        }
      }
    }
    return groups;
  }

  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    assertEquals(List.of(), groups());
    assertEquals(List.of(), Sandboxed.zombies());
  }

  // ---------------------------------------------------------------- tasks

  /** RS-01: a real one, so only where the kernel counts it for this sandbox alone. */
  @ParameterizedTest
  @EachIsolation
  void forkBomb(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeGroup(TreeLimit.TASKS);
    String marker = marker();
    Policy policy =
        readonly()
            .isolation(isolation)
            .limit(TreeLimit.TASKS, 24)
            .timeout(Duration.ofSeconds(3))
            .build();

    try (SandboxProcess bomb =
        Sandboxed.of(policy)
            .command(
                Sandboxed.PYTHON,
                "-Ic",
                """
                import os, time
                while True:
                    try: os.fork()
                    except OSError: time.sleep(0.01)
                """,
                marker)
            .directory(temporary)
            .start()) {
      // This virtual machine goes on, and so does another sandbox.
      assertPrints("alive\n", sh(readonly().build(), temporary, "echo alive"));

      Outcome outcome = bomb.outcome();

      assertInstanceOf(Ending.TimedOut.class, outcome.ending());
      assertEquals(List.of("tasks"), hits(outcome));
    }
    awaitProcesses(marker, 0);
  }

  /** RS-02: processes of the same user outside do not count. */
  @ParameterizedTest
  @EachIsolation
  void tasksCountTheSandboxOnly(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var bystanders = new ArrayList<Process>();
    try {
      for (int i = 0; i < 12; i++) {
        bystanders.add(new ProcessBuilder("sleep", "1000").start());
      }
      Policy policy = readonly().isolation(isolation).limit(TreeLimit.TASKS, 10).build();

      Outcome outcome =
          sh(policy, temporary, "for i in 1 2 3 4 5; do sleep 0 & done; wait; echo ok");

      if (outcome.ending() instanceof Ending.Refused(String reason)) {
        assertFalse(isRoot(), reason);
        assumeTrue(!reason.contains("tasks"), reason);
      }
      assertPrints("ok\n", outcome);
      assertEquals(List.of(), outcome.limitsHit());
      assertReported(ProtectionState.ENFORCED, Protection.LIMITS, outcome);
    } finally {
      for (Process bystander : bystanders) {
        bystander.destroyForcibly().waitFor();
      }
    }
  }

  /** Bounded by construction, so that it can do no harm where the limit does not hold. */
  @ParameterizedTest
  @CsvSource({
    "BASIC, 1, false",
    "BASIC, 10, true",
    "NAMESPACE, 1, false",
    "NAMESPACE, 2, true",
    "NAMESPACE, 3, false",
    "NAMESPACE, 10, false",
    "NAMESPACE, 10, true"
  })
  void exactlyWhatTheLimitSaysIsStarted(Isolation isolation, int tasks, boolean usedBefore)
      throws Exception {
    assumeAvailable(isolation);
    Policy policy = readonly().isolation(isolation).limit(TreeLimit.TASKS, tasks).build();

    Sandboxed.usedBefore(usedBefore);
    Outcome outcome;
    try {
      // At once, while whoever set the sandbox up may still be there.
      outcome =
          python(
              policy,
              temporary,
              """
              import os, time
              started = refused = 0
              for i in range(30):
                  try:
                      if os.fork() == 0:
                          time.sleep(1000)
                  except OSError as e:
                      refused += e.errno == 11
                  else:
                      started += 1
              print(1 + started, started + refused)
              """);
    } finally {
      Sandboxed.usedBefore(false);
    }

    if (outcome.ending() instanceof Ending.Refused(String reason)) {
      assumeTrue(false, reason);
    }
    assertPrints(tasks + " 30\n", outcome);
    if (limits(outcome).detail().contains("(cgroup v")) {
      String evidence = "threads or processes that were not started: " + (31 - tasks);
      assertEquals(List.of(new HitLimit("tasks", evidence)), outcome.limitsHit());
    }
  }

  /** A second task of the command's own, as fast as it can be asked for. */
  @Test
  void theLauncherIsGoneWhenTheCommandBegins() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = readonly().isolation(Isolation.NAMESPACE).limit(TreeLimit.TASKS, 2).build();
    for (int i = 0; i < 20; i++) {
      Outcome outcome = sh(policy, temporary, "(exit 3); echo $?");
      if (outcome.ending() instanceof Ending.Refused(String reason)) {
        assumeTrue(false, reason);
      }
      assertPrints("3\n", outcome);
    }
  }

  // ---------------------------------------------------------------- memory

  /** RS-03. */
  @ParameterizedTest
  @EachIsolation
  void memoryBomb(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeGroup(TreeLimit.MEMORY);
    Policy policy = readonly().isolation(isolation).limit(TreeLimit.MEMORY, 48 * MIB).build();

    Outcome outcome = python(policy, temporary, "x = bytearray(1 << 34)");

    if (outcome.ending() instanceof Ending.Exited) {
      // The kernel may refuse more address space than the machine has memory.
      outcome = python(policy, temporary, "x = bytearray(1 << 28)");
    }
    assertEquals("memory 9", endedBy(outcome));
    assertEquals(137, outcome.ending().shellStatus());
    assertEquals(List.of("memory"), hits(outcome));
    PeakMemory peak = outcome.peakMemory().orElseThrow();
    assertTrue(peak.wholeTree());
    assertTrue(peak.bytes() > 40 * MIB && peak.bytes() <= 48 * MIB, peak::toString);
    assertPrints("alive\n", sh(readonly().build(), temporary, "echo alive"));
  }

  /** RS-03: it is the tree that counts, and address space does not. */
  @Test
  void memoryIsNotAddressSpace() throws Exception {
    assumeGroup(TreeLimit.MEMORY);
    Policy policy = readonly().limit(TreeLimit.MEMORY, 48 * MIB).build();

    assertPrints(
        "ok\n",
        python(
            policy,
            temporary,
            "import mmap; m = mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE | 0x4000); print('ok')"));
  }

  /** The command lives on; that a process of it was ended is said all the same. */
  @Test
  void memoryOfAGrandchild() throws Exception {
    assumeGroup(TreeLimit.MEMORY);
    assumeTrue(Files.isExecutable(Path.of(Sandboxed.PYTHON)), "no python3");
    Policy policy = readonly().limit(TreeLimit.MEMORY, 48 * MIB).build();

    Outcome outcome =
        sh(policy, temporary, "$1 -Ic 'x = bytearray(1 << 28)'; exit 3", Sandboxed.PYTHON);

    assertEquals(new Ending.Exited(3), outcome.ending());
    assertEquals(List.of("memory"), hits(outcome));
  }

  @Test
  void withoutAGroupMemoryIsNotLimitedAndTheReportSaysSo() throws Exception {
    assumeFalse(isRoot(), "root may make control groups");
    Policy strict = readonly().limit(TreeLimit.MEMORY, 100 * MIB).build();
    Policy bestEffort = bestEffort(strict.toBuilder());

    Outcome refused = sh(strict, temporary, "echo ran");
    if (!(refused.ending() instanceof Ending.Refused)) {
      assumeTrue(limits(refused).state() != ProtectionState.ENFORCED, "this user has a group");
    }
    assertRefused(refused, "memory: ", "this user may not make control groups in");
    Outcome outcome = sh(bestEffort, temporary, "ulimit -v");
    assertPrints("unlimited\n", outcome);
    assertReported(ProtectionState.MISSING, Protection.LIMITS, outcome);
    // As node, Java and Go do: much is reserved, little is used.
    Outcome reserving =
        python(bestEffort, temporary, "import mmap; mmap.mmap(-1, 1 << 30); print('reserved')");
    assertPrints("reserved\n", reserving);
    assertFalse(reserving.peakMemory().orElseThrow().wholeTree());
  }

  // ---------------------------------------------------------------- disk

  /** RS-05. */
  @ParameterizedTest
  @EachIsolation
  void diskFilling(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path work = Files.createDirectory(temporary.resolve("work"));
    Policy policy =
        workspace().isolation(isolation).limit(Resource.FILE_SIZE, Limit.of(MIB)).build();

    Outcome full = sh(policy, work, "exec dd if=/dev/zero of=full bs=64k count=100000");
    Outcome sparse = sh(policy, work, "exec truncate -s 100G sparse");
    Outcome ignored =
        sh(policy, work, "trap '' XFSZ; exec dd if=/dev/zero of=more bs=64k count=100000");

    assertEquals("file_size 25", endedBy(full));
    assertEquals(153, full.ending().shellStatus());
    assertEquals("file_size 25", endedBy(sparse));
    assertTrue(text(ignored).contains("too large"), () -> text(ignored));
    assertEquals(List.of(), ignored.limitsHit());
    try (Stream<Path> files = Files.list(work)) {
      for (Path file : files.toList()) {
        assertTrue(Files.size(file) <= MIB, file::toString);
      }
    }
  }

  /** RS-05: what stands in for a quota says that it is none. */
  @Test
  void aQuotaIsAtLeastALimitForEachFile() throws Exception {
    Policy policy = bestEffort(workspace().limit(TreeLimit.DISK, MIB));

    Outcome outcome = sh(policy, temporary, "exec dd if=/dev/zero of=full bs=64k count=100000");

    assertEquals("disk 25", endedBy(outcome));
    assertReported(
        ProtectionState.PARTIAL, Protection.LIMITS, outcome, "each file and not for all of them");
    assertRefused(sh(workspace().limit(TreeLimit.DISK, MIB).build(), temporary, "true"));
  }

  // ---------------------------------------------------------------- descriptors

  /** RS-07. */
  @ParameterizedTest
  @EachIsolation
  void descriptorExhaustion(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        readonly().isolation(isolation).limit(Resource.OPEN_FILES, Limit.of(64)).build();
    String script =
        """
        import os
        n = 0
        try:
            while n < 10 ** 6:
                os.open('/dev/null', 0)
                n += 1
        except OSError as e:
            print(e.errno, n < 64)
        """;
    assertPrints("24 True\n", python(policy, temporary, script));
    int before = descriptors();

    assertPrints("24 True\n", python(policy, temporary, script));

    assertEquals(before, descriptors());
  }

  private static int descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return (int) all.count();
    }
  }

  // ---------------------------------------------------------------- CPU

  /** RS-08. */
  @ParameterizedTest
  @EachIsolation
  void cpuSpin(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        readonly().isolation(isolation).limit(Resource.CPU_TIME, new Limit(1, 2)).build();

    Outcome plain = sh(policy, temporary, "while :; do :; done");
    Outcome ignored = sh(policy, temporary, "trap '' XCPU; while :; do :; done");

    assertEquals("cpu_time 24", endedBy(plain));
    assertEquals(152, plain.ending().shellStatus());
    assertEquals("cpu_time 9", endedBy(ignored));
    assertEquals(137, ignored.ending().shellStatus());
    assertEquals(List.of("cpu_time"), hits(ignored));
  }

  /** A command that ends itself by the same signals has hit nothing. */
  @Test
  void aLimitCannotBeForged() throws Exception {
    Policy policy =
        bestEffort(
            readonly().limit(Resource.CPU_TIME, Limit.of(1)).limit(TreeLimit.MEMORY, 500 * MIB));

    for (int signal : List.of(9, 24)) {
      Outcome outcome = sh(policy, temporary, "kill -" + signal + " $$");

      assertEquals(new Ending.Signalled(signal), outcome.ending());
      assertEquals(List.of(), outcome.limitsHit());
    }
  }

  @Test
  void aShareOfACpu() throws Exception {
    assumeGroup(TreeLimit.CPU_PERCENT);
    Policy policy = readonly().limit(TreeLimit.CPU_PERCENT, 10).build();

    Outcome outcome =
        sh(policy, temporary, "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done");

    assertPrints("done\n", outcome);
    assertEquals(List.of("cpu_percent"), hits(outcome));
  }

  // ---------------------------------------------------------------- what is said

  /** RS-18. */
  @Test
  void thisVirtualMachineIsNotLimited() throws Exception {
    Map<Resource, Limit> before = Rlimits.all();
    String groups = Files.readString(Path.of("/proc/self/cgroup"));
    Policy policy =
        bestEffort(
            readonly()
                .limit(Resource.OPEN_FILES, Limit.of(40))
                .limit(TreeLimit.MEMORY, 200 * MIB)
                .limit(TreeLimit.TASKS, 20)
                .limit(TreeLimit.CPU_PERCENT, 100)
                .limit(TreeLimit.DISK, MIB));

    assertPrints("40\n", sh(policy, temporary, "ulimit -n"));

    assertEquals(before, Rlimits.all());
    assertEquals(groups, Files.readString(Path.of("/proc/self/cgroup")));
  }

  /** Which it may with a capability that counts outside of user namespaces. */
  @ParameterizedTest
  @EachIsolation
  void limitsThatTheCommandCanRaiseHoldInPart(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Rlimits.mayRaiseHardLimits(), "this user may not raise hard limits");
    Policy policy =
        readonly()
            .isolation(isolation)
            .limit(Resource.OPEN_FILES, Limit.of(40))
            .enforcement(Protection.CAPABILITIES, Requirement.OFF)
            .build();

    Outcome outcome = sh(policy, Path.of("/"), "ulimit -Hn 50; ulimit -Hn");

    if (isolation == Isolation.BASIC) {
      assertRefused(outcome, "it can raise them");
    } else {
      assertTrue(Sandboxed.text(outcome).endsWith("40\n"), () -> Sandboxed.text(outcome));
    }
  }

  /** A command that may write to the files of its group has no limit. */
  @Test
  void aGroupThatTheCommandMayChangeIsHalfALimit() throws Exception {
    assumeGroup(TreeLimit.TASKS);
    Policy.Builder policy = fullAccess().limit(TreeLimit.TASKS, 20);

    assertRefused(sh(policy.build(), temporary, "true"), "may write to its control group");
    assertEquals(
        ProtectionState.PARTIAL, limits(sh(bestEffort(policy), temporary, "true")).state());
    Policy granted = readonly().readWrite("/sys/fs/cgroup").limit(TreeLimit.TASKS, 20).build();
    assertRefused(sh(granted, temporary, "true"), "control group");
  }

  @Test
  void whatCannotBeLimitedIsRefusedOrSaid() throws Exception {
    assumeFalse(isRoot(), "root may make control groups");
    Policy policy = readonly().limit(TreeLimit.CPU_PERCENT, 50).build();
    Outcome outcome = sh(bestEffort(policy.toBuilder()), temporary, "echo ran");
    assumeTrue(limits(outcome).state() != ProtectionState.ENFORCED, "this user has a group");

    assertPrints("ran\n", outcome);
    assertReported(ProtectionState.MISSING, Protection.LIMITS, outcome);
    assertRefused(sh(policy, temporary, "true"), "cpu_percent: this");
  }

  @Test
  void processesDoNotHoldRoot() throws Exception {
    assumeTrue(isRoot(), "needs root");
    Policy.Builder policy = readonly().limit(Resource.PROCESSES, Limit.of(100));

    assertRefused(sh(policy.build(), temporary, "true"), "tasks can");
    assertPrints("ok\n", sh(bestEffort(policy), temporary, "echo ok"));
  }

  @Test
  void theDryRunShowsTheGroupAndLeavesNone() throws Exception {
    assumeGroup(TreeLimit.TASKS);
    Policy policy = readonly().limit(TreeLimit.TASKS, 20).build();

    DryRun dryRun = Sandboxed.of(policy).command("true").dryRun();

    String steps = dryRun.steps().stream().map(LaunchStep::toString).toList().toString();
    assertTrue(steps.contains("/cgroup.procs\", O_WRONLY|O_CLOEXEC"), steps);
    assertEquals(List.of(), groups());
  }

  @Test
  void theAuditLogSaysWhatWasHit() throws Exception {
    Path work = Files.createDirectory(temporary.resolve("work"));
    Path log = temporary.resolve("audit.log");
    Policy policy =
        workspace().audit(AuditSettings.to(log)).limit(Resource.FILE_SIZE, Limit.of(4096)).build();

    sh(policy, work, "exec dd if=/dev/zero of=f bs=64k count=10");

    List<String> lines = Files.readAllLines(log);
    Map<String, Object> hit = Json.object(lines.get(lines.size() - 2));
    assertEquals("limit.hit", hit.get("event"));
    assertEquals("file_size", hit.get("limit"));
    assertEquals("limit_hit", Json.object(lines.getLast()).get("kind"));
  }

  // ---------------------------------------------------------------- killed virtual machines

  /** RS-11, for groups: the next run removes what a killed virtual machine left. */
  @Test
  void groupsOfAKilledVirtualMachineAreRemoved() throws Exception {
    assumeGroup(TreeLimit.TASKS);
    String marker = marker();
    Process machine = machine("sleep", marker);
    Path group;
    try {
      group = groupOf(machine, marker);
      machine.destroyForcibly().waitFor();
      awaitProcesses(marker, 0);
    } finally {
      machine.destroyForcibly().waitFor();
    }

    assertEquals(0, machine("true").waitFor(), () -> output());

    assertFalse(Files.exists(group), group::toString);
  }

  private String output() {
    try {
      return Files.readString(temporary.resolve("output"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Path groupOf(Process machine, String marker) throws Exception {
    for (int attempt = 0; attempt < 3000; attempt++) {
      for (String process : Sandboxed.processesWith(marker)) {
        String pid = process.substring(0, process.indexOf(' '));
        String groups = Files.readString(Path.of("/proc/" + pid + "/cgroup"));
        String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
        if (process.contains(" sleep") && groups.contains("/cofferdam-")) {
          for (CgroupHierarchy hierarchy : CgroupLayout.parse(mounts, groups).hierarchies()) {
            if (hierarchy.group().contains("/cofferdam-")) {
              return Path.of(hierarchy.directory().orElseThrow());
            }
          }
        }
      }
      assertTrue(machine.isAlive(), this::output);
      Thread.sleep(20);
    }
    throw new AssertionError(Sandboxed.processesWith(marker));
  }

  private Process machine(String... command) throws IOException {
    var arguments =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary.toRealPath(),
                "-cp",
                System.getProperty("java.class.path"),
                LimitedMain.class.getName()));
    arguments.addAll(List.of(command));
    return new ProcessBuilder(arguments)
        .redirectOutput(temporary.resolve("output").toFile())
        .redirectErrorStream(true)
        .start();
  }
}
