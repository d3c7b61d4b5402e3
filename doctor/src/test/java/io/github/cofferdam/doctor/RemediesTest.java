package io.github.cofferdam.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
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

/** What is advised on hosts of all kinds. */
class RemediesTest {
  private final ModelHost machine = new ModelHost();

  private String remedy(Protection protection, ProtectionState state) {
    var entry = new EnforcedProtection(protection, Requirement.REQUIRE, state, "detail");
    return Remedies.of(entry, Isolation.BASIC, HostReport.probe(machine)).orElse("");
  }

  private String afterFailure(Isolation isolation) {
    Policy policy = Policy.builder().isolation(isolation).build();
    return Remedies.ofFailure(policy, HostReport.probe(machine)).orElse("");
  }

  @ParameterizedTest
  @EnumSource(Protection.class)
  void whatHoldsNeedsNothing(Protection protection) {
    assertEquals("", remedy(protection, ProtectionState.ENFORCED));
  }

  @ParameterizedTest
  @CsvSource({
    "TRUNCATE, 2, 'Linux 6.2 or newer (Landlock 3); or isolation = \"namespace\"'",
    "DEVICE_IOCTL, 4, 'Linux 6.10 or newer (Landlock 5); or isolation = \"namespace\"'",
    "FILESYSTEM, 1, 'Linux 5.19 or newer (Landlock 2); or isolation = \"namespace\"'",
    "SIGNALS, 5, 'Linux 6.12 or newer (Landlock 6); or isolation = \"namespace\"'",
    "TREE_KILL, 5, 'Linux 6.12 or newer (Landlock 6); or isolation = \"namespace\"'",
    "METADATA, 7, 'isolation = \"namespace\"'"
  })
  void anOldLandlock(Protection protection, long abi, String expected) {
    machine.answers.put("landlock_create_ruleset 1", abi);
    assertEquals(expected, remedy(protection, ProtectionState.MISSING));
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
    String remedy = remedy(Protection.TRUNCATE, ProtectionState.MISSING);
    assertTrue(remedy.startsWith(expected), remedy);
  }

  @Test
  void namespacesAreNotAdvisedAsIfTheyWorked() {
    machine.files.put("/proc/sys/user/max_user_namespaces", "0\n");
    machine.failing.put("CLONE_NEWUSER", Errno.ENOSPC);

    String remedy = remedy(Protection.METADATA, ProtectionState.MISSING);

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
  @CsvSource({
    "tasks: this user may not make control groups in /x, true",
    "'tasks: pids.max, but the command may write to its control group', false",
    "'disk: file_size, which holds for each file', false",
  })
  void limitsNeedAControlGroup(String detail, boolean helps) {
    var entry =
        new EnforcedProtection(
            Protection.LIMITS, Requirement.REQUIRE, ProtectionState.PARTIAL, detail);

    Optional<String> remedy = Remedies.of(entry, Isolation.BASIC, HostReport.probe(machine));

    assertEquals(helps, remedy.isPresent());
    assertTrue(remedy.orElse("Delegate=yes").contains("Delegate=yes"));
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
            List.of());

    PolicyTrial trial = PolicyTrial.of(policy, outcome, HostReport.probe(machine));

    assertEquals(Optional.of("cannot create namespaces"), trial.failure());
    assertEquals(Optional.of("sysctl kernel.unprivileged_userns_clone=1"), trial.remedy());
    for (TriedProtection entry : trial.protections()) {
      assertEquals(
          entry.protection() == Protection.SIGNALS
              ? Availability.NOT_TRIED
              : Availability.NOT_AVAILABLE,
          entry.availability());
    }
    assertTrue(!trial.enforceable());
  }
}
