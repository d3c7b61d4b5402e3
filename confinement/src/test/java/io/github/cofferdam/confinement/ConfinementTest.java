package io.github.cofferdam.confinement;

import static io.github.cofferdam.policy.ProtectionState.ENFORCED;
import static io.github.cofferdam.policy.ProtectionState.MISSING;
import static io.github.cofferdam.policy.ProtectionState.NOT_ASKED;
import static io.github.cofferdam.policy.ProtectionState.PARTIAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.RlimitPolicy;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a policy comes to on hosts of all kinds. */
class ConfinementTest {
  /** Where a crash leaves a file, if the limit lets it. */
  static final CrashHandling FILES =
      new CrashHandling(Limit.unlimited(), false, CrashHandling.Receiver.FILE, false);

  @TempDir private Path temp;

  private Confinement on(Policy policy, Abi abi, boolean privileged) throws IOException {
    return on(policy, abi, privileged, Host.Tracing.BY_USER);
  }

  private Confinement on(Policy policy, Abi abi, boolean privileged, Host.Tracing tracing)
      throws IOException {
    return on(policy, abi, privileged, tracing, FILES);
  }

  private Confinement on(
      Policy policy, Abi abi, boolean privileged, Host.Tracing tracing, CrashHandling crashes)
      throws IOException {
    return DescribedHosts.confine(
        temp,
        policy,
        new Host(
            Arch.X86_64, abi, privileged, tracing, crashes, Optional.empty(), Optional.empty()));
  }

  private EnforcementReport report(Policy policy, Abi abi) throws IOException {
    return on(policy, abi, false).report();
  }

  private static String keys(List<EnforcedProtection> entries) {
    return entries.stream().map(entry -> entry.protection().key()).collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "0, MISSING, MISSING, MISSING, MISSING, PARTIAL",
    "1, PARTIAL, MISSING, MISSING, MISSING, PARTIAL",
    "2, ENFORCED, MISSING, MISSING, MISSING, PARTIAL",
    "3, ENFORCED, ENFORCED, MISSING, MISSING, PARTIAL",
    "4, ENFORCED, ENFORCED, MISSING, MISSING, PARTIAL",
    "5, ENFORCED, ENFORCED, ENFORCED, MISSING, PARTIAL",
    "6, ENFORCED, ENFORCED, ENFORCED, ENFORCED, ENFORCED",
    "7, ENFORCED, ENFORCED, ENFORCED, ENFORCED, ENFORCED"
  })
  void whatHoldsDependsOnTheKernel(
      int abi,
      ProtectionState files,
      ProtectionState truncate,
      ProtectionState ioctl,
      ProtectionState signals,
      ProtectionState treeKill)
      throws IOException {
    EnforcementReport report =
        report(Policy.builder().isolation(Isolation.BASIC).build(), Abi.of(abi));

    assertEquals(files, report.of(Protection.FILESYSTEM).state());
    assertEquals(truncate, report.of(Protection.TRUNCATE).state());
    assertEquals(ioctl, report.of(Protection.DEVICE_IOCTL).state());
    assertEquals(signals, report.of(Protection.SIGNALS).state());
    assertEquals(treeKill, report.of(Protection.TREE_KILL).state());
    for (Protection always :
        List.of(
            Protection.METADATA,
            Protection.PROCESSES,
            Protection.NETWORK,
            Protection.UNIX_SOCKETS,
            Protection.ABSTRACT_SOCKETS,
            Protection.SYSCALLS,
            Protection.CAPABILITIES,
            Protection.NO_NEW_PRIVILEGES,
            Protection.DESCRIPTORS,
            Protection.ENVIRONMENT,
            Protection.CORE_DUMPS)) {
      // Without Landlock, all of it can be led around through the memory of another process.
      assertEquals(abi == 0 ? PARTIAL : ENFORCED, report.of(always).state(), always.key());
    }
    assertEquals(NOT_ASKED, report.of(Protection.NAMESPACES).state());
    assertEquals(NOT_ASKED, report.of(Protection.LIMITS).state());
  }

  @Test
  void strictNamesWhatIsMissing() throws IOException {
    Policy policy = Policy.builder().isolation(Isolation.BASIC).build();

    assertEquals(
        "filesystem truncate device_ioctl network unix_sockets abstract_sockets signals syscalls"
            + " capabilities no_new_privileges tree_kill descriptors environment virtual_machine",
        keys(report(policy, Abi.V0).unmet()));
    assertEquals("signals tree_kill", keys(report(policy, Abi.V5).unmet()));
    assertEquals("", keys(report(policy, Abi.V6).unmet()));
  }

  /** Debian 12 has Landlock 2, Debian 11 none: there, named pipes lie open. */
  @ParameterizedTest
  @CsvSource({
    "0, READONLY, filesystem", "0, WORKSPACE_WRITE, filesystem",
    "2, READONLY, ''", "2, WORKSPACE_WRITE, ''"
  })
  void withNamespacesAnOldKernelEnforcesTheRest(int abi, Mode mode, String gaps)
      throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .mode(mode)
            .isolation(Isolation.NAMESPACE)
            .build();

    EnforcementReport report = report(policy, Abi.of(abi));

    assertEquals(gaps, keys(report.gaps()));
    EnforcedProtection devices = report.of(Protection.DEVICE_IOCTL);
    assertEquals(ENFORCED, devices.state());
    assertFalse(devices.detail().contains("Landlock"), devices::detail);
  }

  /** What is granted there takes commands where Landlock does not refuse them. */
  @ParameterizedTest
  @CsvSource({"2, PARTIAL", "4, PARTIAL", "5, ENFORCED", "7, ENFORCED"})
  void aDeviceThatIsGrantedIsAGapBelowLandlock5(int abi, ProtectionState state) throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .isolation(Isolation.NAMESPACE)
            .bind("/dev/zero", "/dev/other", false)
            .bind("/dev/null", "/dev/null", true)
            .bind("/dev/full", "/dev/shm/full", true)
            .build();

    EnforcedProtection devices = report(policy, Abi.of(abi)).of(Protection.DEVICE_IOCTL);

    assertEquals(state, devices.state());
    assertEquals(state == PARTIAL, devices.detail().startsWith("/dev/other, which"));
  }

  /** Mounts that cannot be written to still execute. */
  @Test
  void withoutLandlockWhatIsOnlyWrittenOrReadCanBeExecuted() throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .isolation(Isolation.NAMESPACE)
            .readExecute("/usr")
            .build();

    assertEquals(PARTIAL, report(policy, Abi.V0).of(Protection.FILESYSTEM).state());
    assertEquals(ENFORCED, report(policy, Abi.V1).of(Protection.FILESYSTEM).state());
  }

  @Test
  void whatBestEffortDoesWithoutIsAWarning() throws IOException {
    Policy strict = Policy.builder().isolation(Isolation.BASIC).mode(Mode.WORKSPACE_WRITE).build();
    Policy bestEffort =
        strict.toBuilder()
            .enforcement(new Enforcement(Enforcement.Level.BEST_EFFORT, Map.of()))
            .build();
    String reason = " (the enforcement report says why)";

    assertEquals(
        List.of(
            "not enforced here: filesystem, truncate, metadata, device_ioctl, signals,"
                + " virtual_machine; only partly enforced here: network, cloud_metadata,"
                + " unix_sockets, abstract_sockets, processes, syscalls, capabilities,"
                + " no_new_privileges, tree_kill, descriptors, environment, core_dumps"
                + reason),
        report(bestEffort, Abi.V0).warnings());
    assertEquals(
        List.of("not enforced here: metadata" + reason), report(bestEffort, Abi.V7).warnings());
    // What is required refuses the run, and that metadata is only preferred is the usual case.
    assertEquals(List.of(), report(strict, Abi.V0).warnings());
    assertEquals(
        List.of("not enforced here: signals" + reason),
        report(
                strict.toBuilder().enforcement(Protection.SIGNALS, Requirement.PREFER).build(),
                Abi.V5)
            .warnings());
    assertEquals(
        List.of("not enforced here: metadata" + reason),
        report(
                strict.toBuilder().enforcement(Protection.METADATA, Requirement.PREFER).build(),
                Abi.V7)
            .warnings());
  }

  /** No mount keeps somebody from writing to a named pipe. */
  @Test
  void withoutLandlockNamedPipesAreNamed() throws IOException {
    Policy.Builder policy = Policy.builder().isolation(Isolation.NAMESPACE);

    for (Policy each : List.of(policy.build(), policy.readOnly("/usr").build())) {
      EnforcedProtection files = report(each, Abi.V0).of(Protection.FILESYSTEM);
      assertEquals(PARTIAL, files.state());
      assertTrue(files.detail().contains("named pipes"), files.detail());
    }
  }

  @Test
  void bestEffortMissesTheSameAndRequiresNothing() throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .enforcement(new Enforcement(Enforcement.Level.BEST_EFFORT, Map.of()))
            .build();

    EnforcementReport report = report(policy, Abi.V0);

    assertEquals(
        "filesystem truncate metadata device_ioctl network cloud_metadata unix_sockets"
            + " abstract_sockets signals processes syscalls capabilities no_new_privileges"
            + " tree_kill descriptors environment virtual_machine core_dumps",
        keys(report.gaps()));
    assertEquals("", keys(report.unmet()));
  }

  @Test
  void whatIsOffIsNoGap() throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .enforcement(Protection.SIGNALS, Requirement.OFF)
            .enforcement(Protection.TREE_KILL, Requirement.OFF)
            .build();

    EnforcementReport report = report(policy, Abi.V5);

    assertEquals(NOT_ASKED, report.of(Protection.SIGNALS).state());
    assertEquals("off in the policy", report.of(Protection.SIGNALS).detail());
    assertEquals("", keys(report.gaps()));
  }

  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void withoutTheFileWallNothingPassesForEnforcedByIt(Isolation isolation) throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .mode(Mode.WORKSPACE_WRITE)
            .isolation(isolation)
            .enforcement(Protection.FILESYSTEM, Requirement.OFF)
            .build();

    Confinement confinement = on(policy, Abi.V7, false);

    for (Protection protection :
        List.of(
            Protection.FILESYSTEM,
            Protection.TRUNCATE,
            Protection.DEVICE_IOCTL,
            Protection.METADATA)) {
      assertEquals(NOT_ASKED, confinement.report().of(protection).state(), protection.key());
    }
    assertFalse(confinement.command().toString().contains("WRITE_FILE"));
    assertFalse(confinement.init().toString().contains("mount_setattr"));
  }

  /** What walls rest on where there is no Landlock: Yama, or namespaces. */
  @Test
  void withoutLandlockMemoryIsClosedByYamaOrByNamespaces() throws IOException {
    Policy policy =
        Policy.builder().isolation(Isolation.BASIC).limit(Resource.CORE_FILE, Limit.of(0)).build();

    EnforcementReport open = on(policy, Abi.V0, false).report();
    EnforcementReport yama = on(policy, Abi.V0, false, Host.Tracing.RESTRICTED).report();
    EnforcementReport namespaces =
        on(policy.toBuilder().isolation(Isolation.NAMESPACE).build(), Abi.V0, false).report();
    EnforcementReport loopback =
        on(policy.toBuilder().network(Network.Access.LOOPBACK).build(), Abi.V0, false).report();

    for (EnforcedProtection entry : open.protections()) {
      assertTrue(entry.state() != ENFORCED, entry::toString);
    }
    assertTrue(open.of(Protection.SYSCALLS).detail().contains("/proc/PID/mem"), open::toString);
    for (EnforcementReport closed : List.of(yama, namespaces, loopback)) {
      assertEquals(ENFORCED, closed.of(Protection.SYSCALLS).state(), closed::toString);
      assertEquals(ENFORCED, closed.of(Protection.LIMITS).state(), closed::toString);
    }
    for (Protection looked : List.of(Protection.ENVIRONMENT, Protection.DESCRIPTORS)) {
      assertEquals(PARTIAL, yama.of(looked).state());
      assertEquals(ENFORCED, namespaces.of(looked).state());
      assertEquals(ENFORCED, loopback.of(looked).state());
    }
    // Files of processes can be written without Landlock, whatever Yama says.
    assertEquals(PARTIAL, yama.of(Protection.PROCESSES).state());
    assertEquals(ENFORCED, namespaces.of(Protection.PROCESSES).state());
  }

  /** Whoever may name a program for crashes needs none of his own. */
  @Test
  void rootMayChooseWhatBecomesOfCrashesWhereNothingKeepsHimFromTheFile() throws IOException {
    var root = new CrashHandling(Limit.unlimited(), false, CrashHandling.Receiver.FILE, true);
    Policy readonly = Policy.builder().isolation(Isolation.BASIC).build();
    assertEquals(ENFORCED, where(root, readonly).report().of(Protection.CORE_DUMPS).state());
    Policy full = readonly.toBuilder().mode(Mode.FULL_ACCESS).build();
    EnforcedProtection entry = where(root, full).report().of(Protection.CORE_DUMPS);
    assertEquals(PARTIAL, entry.state());
    assertEquals("crash_pattern_writable", entry.cause().code());
    Policy proc = readonly.toBuilder().readExecute("/").readWrite("/proc/sys/kernel").build();
    assertEquals(PARTIAL, where(root, proc).report().of(Protection.CORE_DUMPS).state());
  }

  /** A filter around this process may answer in the kernel's place. */
  @Test
  void aLimitThatIsOnlySaidToBeSetIsNone() throws IOException {
    Policy policy = Policy.builder().isolation(Isolation.BASIC).build();
    var pretended = new CrashHandling(Limit.unlimited(), true, CrashHandling.Receiver.FILE, false);
    EnforcedProtection entry = where(pretended, policy).report().of(Protection.CORE_DUMPS);
    assertEquals(PARTIAL, entry.state());
    assertEquals("crash_limit_pretended", entry.cause().code());
    var already = new CrashHandling(Limit.of(1), true, CrashHandling.Receiver.FILE, false);
    assertEquals(ENFORCED, where(already, policy).report().of(Protection.CORE_DUMPS).state());
  }

  private Confinement where(CrashHandling crashes, Policy policy) throws IOException {
    return on(policy, Abi.V7, false, Host.Tracing.BY_USER, crashes);
  }

  /** A limit of 0 keeps files alone from being written, 1 programs too, and nothing sockets. */
  @ParameterizedTest
  @CsvSource({
    "-1, FILE, ENFORCED, by_limits",
    "-1, PROGRAM, ENFORCED, by_limits",
    "-1, SOCKET, PARTIAL, crash_socket_connected",
    "-1, UNKNOWN, PARTIAL, crash_handling_unknown",
    "1, PROGRAM, ENFORCED, by_limits",
    "0, FILE, ENFORCED, by_limits",
    "0, PROGRAM, PARTIAL, crash_handler_started",
    "0, SOCKET, PARTIAL, crash_socket_connected",
    "0, UNKNOWN, PARTIAL, crash_handling_unknown"
  })
  void whatBecomesOfACrashDependsOnTheHost(
      long hardLimit, CrashHandling.Receiver receiver, ProtectionState state, String code)
      throws IOException {
    var crashes = new CrashHandling(Limit.of(hardLimit), false, receiver, false);

    for (Isolation isolation : List.of(Isolation.BASIC, Isolation.NAMESPACE)) {
      Policy policy = Policy.builder().isolation(isolation).build();
      Confinement confinement = where(crashes, policy);

      EnforcedProtection entry = confinement.report().of(Protection.CORE_DUMPS);
      assertEquals(state, entry.state());
      assertEquals(code, entry.cause().code());
      assertEquals(
          hardLimit == 0 ? Optional.empty() : Optional.of(Limit.of(1)),
          RlimitPolicy.leftBy(confinement.command(), Resource.CORE_FILE));
      // No ordinary container is refused for that, unless its policy says so; nor is it warned.
      assertEquals("", keys(confinement.report().unmet()));
      assertEquals(List.of(), confinement.report().warnings());
      Policy required =
          policy.toBuilder().enforcement(Protection.CORE_DUMPS, Requirement.REQUIRE).build();
      assertEquals(
          state == ENFORCED ? "" : "core_dumps", keys(where(crashes, required).report().unmet()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'|/usr/share/apport/apport %p', PROGRAM",
    "@/run/coredump.socket, SOCKET",
    "@@/run/coredump.socket, SOCKET",
    "core, FILE",
    "/var/cores/%e.|.%p, FILE",
    "'', FILE"
  })
  void theFirstCharacterSaysWhoReceives(String pattern, CrashHandling.Receiver receiver) {
    assertEquals(receiver, CrashHandling.Receiver.of(pattern + "\n"));
  }

  /** Who sets core_file to 0 wants no dump, and gets none; who sets it to more wants one. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, ENFORCED, 1",
    "0, 1, ENFORCED, 1",
    "1, 1, ENFORCED, 1",
    "0, 2, NOT_ASKED, 0:2",
    "0, -1, NOT_ASKED, 0:unlimited",
    "-1, -1, NOT_ASKED, unlimited"
  })
  void coreFileAsksForDumpsUnlessItIsZero(long soft, long hard, ProtectionState state, String limit)
      throws IOException {
    assumeTrue(Rlimits.get(Resource.CORE_FILE).hard() != 0, "the hard limit of core files is 0");
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .limit(Resource.CORE_FILE, new Limit(soft, hard))
            .build();

    Confinement confinement =
        where(
            new CrashHandling(Limit.unlimited(), false, CrashHandling.Receiver.PROGRAM, false),
            policy);

    assertEquals(state, confinement.report().of(Protection.CORE_DUMPS).state());
    assertEquals(ENFORCED, confinement.report().of(Protection.LIMITS).state());
    assertEquals(
        Optional.of(limit),
        RlimitPolicy.leftBy(confinement.command(), Resource.CORE_FILE).map(Limit::toString));
  }

  /** Where the limit is not held, no filter may say that a change of it was made. */
  @Test
  void whatIsNotAskedForIsNotPretended() throws IOException {
    Policy policy = Policy.builder().isolation(Isolation.BASIC).build();
    Confinement held = where(FILES, policy);
    Policy off = policy.toBuilder().enforcement(Protection.CORE_DUMPS, Requirement.OFF).build();
    Policy asked = policy.toBuilder().limit(Resource.CORE_FILE, Limit.unlimited()).build();

    for (Policy each : List.of(off, asked)) {
      Confinement confinement = where(FILES, each);
      assertEquals(NOT_ASKED, confinement.report().of(Protection.CORE_DUMPS).state());
      assertFalse(lastOf(confinement).equals(lastOf(held)));
    }
    assertEquals(
        Optional.empty(), RlimitPolicy.leftBy(where(FILES, off).command(), Resource.CORE_FILE));
    assertEquals(lastOf(where(FILES, off)), lastOf(where(FILES, asked)));
  }

  /** The filter, which is the last step. */
  private static String lastOf(Confinement confinement) {
    return confinement.command().steps().getLast().toString();
  }

  /** Capabilities of files are what set-user-id bits are, by another name. */
  @Test
  void rootsCommandMayNotGiveCapabilitiesToFiles() throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .isolation(Isolation.NAMESPACE)
            .capability(Capability.SETFCAP)
            .build();

    assertTrue(on(policy, Abi.V7, false).init().toString().contains("capset("));
    Refusal refused = assertThrows(Refusal.class, () -> on(policy, Abi.V7, true));
    assertTrue(String.valueOf(refused.getMessage()).contains("keeps setfcap"), refused::toString);
  }

  @Test
  void whoMayWriteFilesOfProcessesIsNotKeptFromThem() throws IOException {
    for (String place : List.of("/", "/proc", "/sys")) {
      Policy policy = Policy.builder().isolation(Isolation.BASIC).readWrite(place).build();
      assertEquals(PARTIAL, report(policy, Abi.V7).of(Protection.PROCESSES).state(), place);
    }
    Policy everything = Policy.builder().isolation(Isolation.BASIC).mode(Mode.FULL_ACCESS).build();
    assertEquals(PARTIAL, report(everything, Abi.V7).of(Protection.PROCESSES).state());
    assertEquals("", keys(report(everything, Abi.V7).unmet()));
    Policy required =
        everything.toBuilder().enforcement(Protection.PROCESSES, Requirement.REQUIRE).build();
    assertEquals("processes", keys(report(required, Abi.V7).unmet()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 7})
  void aPolicyThatAsksLandlockForNothingGetsALayer(int abi) throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .mode(Mode.FULL_ACCESS)
            .network(Network.Access.FULL)
            .enforcement(Protection.SIGNALS, Requirement.OFF)
            .enforcement(Protection.ABSTRACT_SOCKETS, Requirement.OFF)
            .build();

    Confinement confinement = on(policy, Abi.of(abi), false);

    assertTrue(confinement.command().toString().contains("landlock_restrict_self"));
    assertTrue(confinement.command().toString().contains("seccomp("));
  }

  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void aWriterMayChangeMetadataUnlessMountsForbidIt(Isolation isolation) throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .mode(Mode.WORKSPACE_WRITE)
            .isolation(isolation)
            .build();

    assertEquals(
        isolation == Isolation.NAMESPACE ? ENFORCED : MISSING,
        report(policy, Abi.V7).of(Protection.METADATA).state());
    assertEquals("", keys(report(policy, Abi.V7).unmet()));
  }

  @Test
  void aBlockedPathThatTheCommandCouldCreateIsAGap() throws IOException {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .mode(Mode.WORKSPACE_WRITE)
            .isolation(Isolation.NAMESPACE)
            .blocked("not-there")
            .build();

    EnforcedProtection entry = report(policy, Abi.V7).of(Protection.FILESYSTEM);
    assertEquals(PARTIAL, entry.state());
    assertTrue(entry.detail().contains("not-there does not exist"), entry::detail);
    // Where nothing may be written, nothing can be created.
    Policy harmless =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .isolation(Isolation.NAMESPACE)
            .blocked("/usr/not-there")
            .build();
    assertEquals(ENFORCED, report(harmless, Abi.V7).of(Protection.FILESYSTEM).state());
  }

  @Test
  void aBlockedPathUnderAGrantIsNotGrantedOrCovered() throws IOException {
    Policy policy = Policy.builder().isolation(Isolation.BASIC).blocked("/usr").build();

    EnforcedProtection entry = report(policy, Abi.V7).of(Protection.FILESYSTEM);
    assertEquals(ENFORCED, entry.state());
    assertTrue(entry.detail().contains("; / itself is not granted"), entry::detail);
    String costs =
        "something in / is blocked, so with isolation = basic that directory can neither";
    assertTrue(report(policy, Abi.V7).warnings().stream().anyMatch(one -> one.startsWith(costs)));
    String command = on(policy, Abi.V7, false).command().toString();
    assertTrue(command.contains("openat2(AT_FDCWD, \"/etc\""), command);
    assertFalse(command.contains("openat2(AT_FDCWD, \"/usr\""), command);
    assertFalse(command.contains("openat2(AT_FDCWD, \"/\""), command);
    Confinement covered =
        on(policy.toBuilder().isolation(Isolation.NAMESPACE).build(), Abi.V7, false);
    assertEquals(ENFORCED, covered.report().of(Protection.FILESYSTEM).state());
    assertFalse(covered.report().warnings().stream().anyMatch(one -> one.startsWith(costs)));
    // By which calls, this machine's kernel decides.
    String init = covered.init().toString();
    assertTrue(
        init.contains("openat2(AT_FDCWD, \"/usr\", {flags=O_PATH")
            || init.contains("mount(\"tmpfs\", \"/usr\", "),
        init);
  }

  @Test
  void theSupervisionFollowsTheKernel() throws IOException {
    Policy basic = Policy.builder().isolation(Isolation.BASIC).build();
    Policy namespaces = basic.toBuilder().isolation(Isolation.NAMESPACE).build();
    Policy signalsOff = basic.toBuilder().enforcement(Protection.SIGNALS, Requirement.OFF).build();

    assertEquals(Supervision.CHILD_WALK, on(basic, Abi.V5, false).supervision());
    assertEquals(Supervision.SIGNAL_SCOPE, on(basic, Abi.V6, false).supervision());
    assertEquals(Supervision.CHILD_WALK, on(signalsOff, Abi.V7, false).supervision());
    assertEquals(Supervision.PID_NAMESPACE, on(namespaces, Abi.V0, false).supervision());
    assertEquals(
        Supervision.SIGNAL_SCOPE,
        on(
                namespaces.toBuilder().enforcement(Protection.NAMESPACES, Requirement.OFF).build(),
                Abi.V7,
                false)
            .supervision());
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, NONE, false, false",
    "BASIC, NONE, true, true",
    "BASIC, LOOPBACK, false, true",
    "NAMESPACE, FULL, false, true"
  })
  void userIdZeroIsStrippedWhereThatIsPossible(
      Isolation isolation, Network.Access access, boolean privileged, boolean stripped)
      throws IOException {
    Policy policy = Policy.builder().isolation(isolation).network(access).build();

    Confinement confinement = on(policy, Abi.V7, privileged);

    String steps = confinement.launcher().then(confinement.init()).toString();
    assertEquals(stripped, steps.contains("PR_SET_SECUREBITS"), steps);
    assertTrue(steps.contains("capset("), steps);
    assertTrue(steps.indexOf("capset(") < steps.indexOf("PR_SET_NO_NEW_PRIVS"), steps);
  }

  /** What is off takes no other right with it. */
  @ParameterizedTest
  @EnumSource(names = {"TRUNCATE", "DEVICE_IOCTL", "SIGNALS", "ABSTRACT_SOCKETS"})
  void whatRestsOnLandlockIsTurnedOffByItself(Protection off) throws IOException {
    Policy.Builder policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .network(Network.DEFAULT.withUnixSockets(true))
            .enforcement(off, Requirement.OFF);
    EnforcementReport report = report(policy.build(), Abi.of(7));

    for (Protection protection :
        List.of(
            Protection.TRUNCATE,
            Protection.DEVICE_IOCTL,
            Protection.SIGNALS,
            Protection.ABSTRACT_SOCKETS)) {
      assertEquals(
          protection == off ? ProtectionState.NOT_ASKED : ProtectionState.ENFORCED,
          report.of(protection).state(),
          protection::key);
    }
  }
}
