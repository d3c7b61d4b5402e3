package io.github.cofferdam.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.CrashCause;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.NetworkCause;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is advised on hosts of all kinds. */
class RemediesTest {
  private final ModelHost machine = new ModelHost();

  private String remedy(Protection protection, Cause cause) {
    var entry =
        new EnforcedProtection(protection, Requirement.REQUIRE, ProtectionState.MISSING, cause);
    return Remedies.of(entry, Isolation.BASIC, HostReport.probe(machine)).orElse("");
  }

  /** As a wall says it that rests on something of Landlock's. */
  private static Cause tooOld(Abi needed) {
    return new Cause.LandlockTooOld(needed.version(), needed.linux(), 0);
  }

  private String afterFailure(Isolation isolation) {
    Policy policy = Policy.builder().isolation(isolation).build();
    return Remedies.ofFailure(policy, HostReport.probe(machine)).orElse("");
  }

  @ParameterizedTest
  @EnumSource(Protection.class)
  void whatHoldsNeedsNothing(Protection protection) {
    assertEquals("", remedy(protection, new Cause.Held(Cause.Means.LANDLOCK, "Landlock")));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 2, 'Linux 6.2 or newer (Landlock 3); or isolation = \"namespace\"'",
    "5, 4, 'Linux 6.10 or newer (Landlock 5); or isolation = \"namespace\"'",
    "6, 5, 'Linux 6.12 or newer (Landlock 6); or isolation = \"namespace\"'",
  })
  void anOldLandlock(int needed, long abi, String expected) {
    machine.answers.put("landlock_create_ruleset 1", abi);
    assertEquals(expected, remedy(Protection.TRUNCATE, tooOld(Abi.of(needed))));
  }

  @Test
  void whatAnOldLandlockLeavesOpen() {
    machine.answers.put("landlock_create_ruleset 1", 1L);
    assertEquals(
        "Linux 5.19 or newer (Landlock 2); or isolation = \"namespace\"",
        remedy(Protection.FILESYSTEM, new Cause.RenamesRefused()));
    assertEquals(
        "Linux 6.12 or newer (Landlock 6); or isolation = \"namespace\"",
        remedy(Protection.TREE_KILL, new Cause.SupervisorInReach(false)));
    assertEquals(
        "isolation = \"namespace\"", remedy(Protection.METADATA, new Cause.MetadataUnseen()));
    assertEquals(
        "isolation = \"namespace\"",
        remedy(Protection.FILESYSTEM, new Cause.PathMayAppear("the blocked path /home/me/.ssh")));
  }

  /** They say by themselves what to do, or nothing can be done. */
  @Test
  void someNeedNoRemedy() {
    Cause held = new Cause.Held(Cause.Means.MOUNTS, "read-only mounts");
    for (Cause cause :
        List.of(
            new Cause.StorageGranted("/dev/sda"),
            new Cause.HostProcShown("/mnt/proc"),
            new CrashCause.CrashHandlingUnknown(false),
            new Cause.But(held, Cause.But.Gap.STREAMS, "but it can open it again"))) {
      assertEquals("", remedy(Protection.FILESYSTEM, cause), cause::code);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EOPNOTSUPP, 'boot with lsm=landlock,lockdown'",
    "EPERM, let the seccomp filter",
    "ENOSYS, Linux 6.2 or newer"
  })
  void noLandlock(Errno errno, String expected) {
    machine.files.put("/sys/kernel/security/lsm", "lockdown");
    machine.answers.put("landlock_create_ruleset 1", (long) -errno.number());
    String remedy = remedy(Protection.TRUNCATE, tooOld(Abi.V3));
    assertTrue(remedy.startsWith(expected), remedy);
  }

  @Test
  void namespacesAreNotAdvisedAsIfTheyWorked() {
    machine.files.put("/proc/sys/user/max_user_namespaces", "0\n");
    machine.failing.put("CLONE_NEWUSER", Errno.ENOSPC);

    String remedy = remedy(Protection.METADATA, new Cause.MetadataUnseen());

    assertTrue(remedy.contains("does not work here; first: sysctl user.max_user"), remedy);
  }

  @Test
  void eachSwitchIsNamed() {
    machine.failing.put("uid_map", Errno.EPERM);
    assertEquals("", afterFailure(Isolation.NAMESPACE));

    machine.seccomp = ModelHost.seccomp(Optional.empty(), 1);
    assertTrue(afterFailure(Isolation.NAMESPACE).contains("seccomp filter around"));

    machine.files.put("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    assertTrue(afterFailure(Isolation.NAMESPACE).contains("AppArmor"));

    machine.files.put("/proc/sys/user/max_user_namespaces", "0\n");
    assertTrue(afterFailure(Isolation.NAMESPACE).contains("user.max_user_namespaces"));

    machine.files.put("/proc/sys/kernel/unprivileged_userns_clone", "0\n");
    assertTrue(afterFailure(Isolation.NAMESPACE).contains("unprivileged_userns_clone=1"));

    assertEquals("", afterFailure(Isolation.BASIC));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void limitsNeedAControlGroup(boolean lacksGroup) {
    String remedy = remedy(Protection.LIMITS, new Cause.LimitsShort("tasks: none", lacksGroup));

    assertEquals(lacksGroup, remedy.contains("Delegate=yes"), remedy);
  }

  @Test
  void bandwidthIsTakenAsItIs() {
    String remedy = remedy(Protection.LIMITS, new NetworkCause.BandwidthOneWay("bandwidth: out"));
    assertTrue(remedy.startsWith("limits = \"prefer\""), remedy);
  }

  @Test
  void socketsAreToldApartByALaterKernel() {
    machine.answers.put("landlock_create_ruleset 1", 7L);
    String remedy =
        remedy(Protection.UNIX_SOCKETS, new NetworkCause.UnixSocketsInRoot(9, "7.1", 7));
    assertEquals("Linux 7.1 or newer (Landlock 9)", remedy);
  }

  @Test
  void aCrashIsKeptFromTheHost() {
    assertTrue(
        remedy(Protection.CORE_DUMPS, new CrashCause.CrashHandlerStarted()).contains("--core=1"));
    assertTrue(
        remedy(Protection.CORE_DUMPS, new CrashCause.CrashSocketConnected())
            .contains("core_pattern"));
  }

  @Test
  void aMaskedProcIsNamed() {
    machine.failing.put("own /proc", Errno.EPERM);
    assertTrue(afterFailure(Isolation.NAMESPACE).contains("not masked"));
  }

  @Test
  void withoutSeccompNothingElseHelps() {
    machine.seccomp = ModelHost.seccomp(Optional.of(Errno.EPERM), 1);
    assertTrue(afterFailure(Isolation.BASIC).contains("install seccomp filters"));
  }

  @Test
  void whatCouldNotBeConfinedIsNotAvailable() {
    machine.failing.put("CLONE_NEWUSER", Errno.EPERM);
    machine.files.put("/proc/sys/kernel/unprivileged_userns_clone", "0\n");
    Policy policy =
        Policy.builder()
            .isolation(Isolation.NAMESPACE)
            .enforcement(Protection.SIGNALS, Requirement.OFF)
            .build();
    Outcome outcome =
        new Outcome(
            "run",
            List.of("true"),
            new Ending.SetupFailed("cannot create namespaces"),
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            List.of());

    PolicyTrial trial = PolicyTrial.of(policy, outcome, HostReport.probe(machine));

    assertEquals(Optional.of("cannot create namespaces"), trial.failure());
    assertEquals(Optional.of("sysctl kernel.unprivileged_userns_clone=1"), trial.remedy());
    for (TriedProtection entry : trial.protections()) {
      assertEquals(
          entry.protection() == Protection.SIGNALS
              ? ProtectionState.NOT_ASKED
              : ProtectionState.MISSING,
          entry.state());
    }
    assertTrue(!trial.enforceable());
  }
}
