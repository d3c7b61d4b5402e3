package io.github.cofferdam.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real machine's report, and policies tried on it. */
@Tag("kernel")
class PolicyTrialTest {
  @TempDir private Path directory;

  private static final HostReport HOST = HostReport.probe();

  private static ProtectionState state(PolicyTrial trial, Protection protection) {
    for (TriedProtection entry : trial.protections()) {
      if (entry.protection() == protection) {
        return entry.state();
      }
    }
    throw new AssertionError("no entry for " + protection);
  }

  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
  }

  @Test
  void probingLeavesNoProcessBehind() {
    List<Long> before = children();
    HostReport again = HostReport.probe();
    assertEquals(before, children());
    assertEquals(
        HOST.sections().stream().map(HostSection::key).toList(),
        again.sections().stream().map(HostSection::key).toList());
  }

  /** A second read of such a file is empty, and a first one of a byte would cut its number. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/proc/sys/user/max_user_namespaces",
        "/proc/sys/kernel/pid_max",
        "/proc/sys/kernel/osrelease",
        "/proc/self/mountinfo"
      })
  void filesOfTheKernelAreReadWhole(String file) throws Exception {
    Process cat = new ProcessBuilder("cat", file).start();
    String expected = new String(cat.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertEquals(0, cat.waitFor());
    assertEquals(expected, new ThisHost().read(file));
  }

  @Test
  void namespacesAreAsTheyAreForThisUser() throws Exception {
    Path unshare = Path.of("/usr/bin/unshare");
    assumeTrue(Files.isExecutable(unshare), "no " + unshare);
    Process process =
        new ProcessBuilder(unshare.toString(), "-Urpfmniu", "--mount-proc", "true")
            .redirectErrorStream(true)
            .start();
    process.getInputStream().readAllBytes();
    boolean expected = process.waitFor() == 0;
    assertTrue(
        HOST.finding("namespaces", "all") instanceof Finding.Works(boolean works, String _)
            && works == expected,
        () -> HOST.finding("namespaces", "all").text());
  }

  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void aLevelRunsIfWhatItNeedsWasFoundToWork(Isolation isolation) throws Exception {
    PolicyTrial trial = PolicyTrial.of(isolation, HOST);
    boolean namespaces =
        HOST.finding("namespaces", "all") instanceof Finding.Works(boolean works, String _)
            && works;
    assertEquals(isolation == Isolation.BASIC || namespaces, trial.failure().isEmpty());
    assertEquals(Protection.values().length, trial.protections().size());
    if (trial.failure().isEmpty()) {
      assertEquals(
          isolation == Isolation.BASIC ? ProtectionState.NOT_ASKED : ProtectionState.ENFORCED,
          state(trial, Protection.NAMESPACES));
      assertEquals(Optional.empty(), trial.remark());
    }
  }

  /** A strict run with a limit of the tree is the judge of what may be called available. */
  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void limitsAreAvailableOnlyWhereNoRunIsRefusedForThem(Isolation isolation) throws Exception {
    Confined.assumeAvailable(isolation);
    var refused = new TreeMap<TreeLimit, String>();
    for (Map.Entry<TreeLimit, Long> limit : PolicyTrial.LIMITS.entrySet()) {
      Policy policy =
          Policy.builder().isolation(isolation).limit(limit.getKey(), limit.getValue()).build();
      Outcome outcome = Confined.sh(policy, "true");
      if (outcome.ending() instanceof Ending.Refused(String reason)) {
        refused.put(limit.getKey(), reason);
      }
    }
    assertEquals(TreeLimit.values().length, PolicyTrial.LIMITS.size());
    ProtectionState limits = state(PolicyTrial.of(isolation, HOST), Protection.LIMITS);
    assertEquals(refused.isEmpty(), limits == ProtectionState.ENFORCED, refused::toString);
    assertNotEquals(ProtectionState.NOT_ASKED, limits);
  }

  /** Whatever the report of a run says that nobody saw end. */
  @Test
  void whatDidNotEndIsNotAvailable() {
    var report = new EnforcementReport.Builder(Policy.builder().isolation(Isolation.BASIC).build());
    for (Protection protection : Protection.values()) {
      report.claim(
          protection, ProtectionState.ENFORCED, new Cause.Held(Cause.Means.SECCOMP, "for a test"));
    }
    for (Ending ending :
        List.of(new Ending.TimedOut(Duration.ofSeconds(10)), new Ending.Closed())) {
      var outcome =
          new Outcome(
              "run",
              List.of("true"),
              ending,
              Optional.of(report.build()),
              Optional.empty(),
              Duration.ofSeconds(10),
              Optional.empty(),
              List.of(),
              Optional.empty(),
              List.of(),
              Optional.empty(),
              List.of());
      PolicyTrial trial = PolicyTrial.of(Policy.builder().build(), outcome, HOST);
      assertTrue(trial.failure().isPresent(), trial::toString);
      assertFalse(trial.enforceable());
      for (TriedProtection entry : trial.protections()) {
        assertEquals(ProtectionState.NOT_ASKED, entry.state(), entry::toString);
      }
    }
  }

  @Test
  void whatIsRequiredAndMissingIsUnmetAndTheRestIsTriedAllTheSame() throws Exception {
    Policy.Builder policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .mode(Mode.WORKSPACE_WRITE)
            .workspace(directory.toString());
    assumeTrue(Abi.current().compareTo(Abi.V6) >= 0, "Landlock before 6");

    PolicyTrial preferred = PolicyTrial.of(policy.build(), HOST);
    assertEquals(ProtectionState.MISSING, state(preferred, Protection.METADATA));
    assertTrue(preferred.enforceable());

    policy.enforcement(Protection.METADATA, Requirement.REQUIRE);
    PolicyTrial required = PolicyTrial.of(policy.build(), HOST);
    assertEquals(Optional.empty(), required.failure());
    assertEquals(ProtectionState.MISSING, state(required, Protection.METADATA));
    assertEquals(ProtectionState.ENFORCED, state(required, Protection.FILESYSTEM));
    assertFalse(required.enforceable());
  }

  @Test
  void aPolicyThatNamesWhatIsNotThereIsNotEnforceableAndNothingPassesForTried() throws Exception {
    Policy policy = Policy.builder().readWrite(directory + "/none").build();

    PolicyTrial trial = PolicyTrial.of(policy, HOST);

    assertTrue(trial.failure().orElse("").contains("none"), trial::toString);
    assertFalse(trial.enforceable());
    for (TriedProtection entry : trial.protections()) {
      assertEquals(ProtectionState.NOT_ASKED, entry.state());
    }
  }

  @Test
  void aCommandThatThePolicyDoesNotLetRunIsARemark() throws Exception {
    Policy policy =
        Policy.builder()
            .readOnly("/etc")
            .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
            .build();
    PolicyTrial trial = PolicyTrial.of(policy, HOST);
    assertEquals(Optional.empty(), trial.failure());
    if (Abi.current().version() > 0) {
      assertTrue(
          trial.remark().orElse("").startsWith("confined, but not executed"), trial::toString);
    }
  }

  @Test
  void noAuditLogIsMade() throws Exception {
    Path log = directory.resolve("audit.log");
    Policy policy = Policy.builder().audit(AuditSettings.to(log)).build();
    PolicyTrial trial = PolicyTrial.of(policy, HOST);
    assertTrue(trial.remark().orElse("").contains("not tried: opening the audit log"));
    assertEquals(0, entries());
  }

  private long entries() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    }
  }

  private static <T> T behind(SeccompFilter filter, Callable<T> callable) throws Exception {
    var task =
        new FutureTask<>(() -> {
          NoNewPrivileges.program().then(filter.install()).run();
          return callable.call();
        });
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    return task.get();
  }

  @ParameterizedTest
  @ValueSource(strings = {"strict", "best-effort"})
  void aFilterAroundThisProcessIsNamed(String level) throws Exception {
    Confined.assumeAvailable(Isolation.NAMESPACE);
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.host()).on("unshare", Action.errno(Errno.EPERM)).build();
    Policy policy =
        Policy.builder()
            .isolation(Isolation.NAMESPACE)
            .enforcement(
                Enforcement.DEFAULT.withLevel(
                    level.equals("strict")
                        ? Enforcement.Level.STRICT
                        : Enforcement.Level.BEST_EFFORT))
            .build();
    PolicyTrial trial = behind(filter, () -> PolicyTrial.of(policy, HostReport.probe()));
    assertTrue(trial.failure().orElse("").contains("inside a sandbox"), trial::toString);
    assertTrue(trial.remedy().orElse("").contains("allow unshare"), trial::toString);
    for (TriedProtection entry : trial.protections()) {
      assertEquals(ProtectionState.MISSING, entry.state(), entry::toString);
    }
  }
}
