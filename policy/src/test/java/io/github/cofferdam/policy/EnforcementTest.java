package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EnforcementTest {

  @ParameterizedTest
  @EnumSource
  void theLevelDecidesWhereThereIsNoOverride(Protection protection) {
    assertEquals(
        // There are ordinary hosts and policies that cannot have these.
        protection == Protection.METADATA
                || protection == Protection.PROCESSES
                || protection == Protection.CLOUD_METADATA
                || protection == Protection.CORE_DUMPS
                || protection == Protection.PROTECTED_NAMES
            ? Requirement.PREFER
            : Requirement.REQUIRE,
        new Enforcement(Enforcement.Level.STRICT, Map.of()).of(protection));
    assertEquals(
        Requirement.PREFER,
        new Enforcement(Enforcement.Level.BEST_EFFORT, Map.of()).of(protection));
  }

  @ParameterizedTest
  @EnumSource
  void anOverrideDecides(Protection protection) {
    for (Enforcement.Level level : Enforcement.Level.values()) {
      for (Requirement requirement : Requirement.values()) {
        if (requirement == Requirement.OFF && !protection.mayBeOff()) {
          assertThrows(
              IllegalArgumentException.class,
              () -> new Enforcement(level, Map.of(protection, requirement)));
        } else {
          Enforcement enforcement = new Enforcement(level, Map.of(protection, requirement));
          assertEquals(requirement, enforcement.of(protection));
        }
      }
    }
  }

  private static List<String> warnings(Policy policy) {
    var report =
        new EnforcementReport.Builder(policy.toBuilder().isolation(Isolation.BASIC).build());
    for (Protection protection : Protection.values()) {
      report.claim(
          protection, ProtectionState.ENFORCED, new Cause.Held(Cause.Means.SECCOMP, "for a test"));
    }
    return report.build().warnings();
  }

  /** Keys that are accepted for the sake of files which are there already. */
  @Test
  void eventsThatNothingRecordsAreMissingByName() {
    String why = " (nothing records such events yet)";
    AuditSettings audit = AuditSettings.to("log").withLogFileAccess(true).withLogNetwork(true);
    assertEquals(List.of(), warnings(Policy.builder().audit(AuditSettings.to("log")).build()));
    Policy.Builder policy = Policy.builder().audit(audit);

    assertEquals(List.of("missing: audit.log_file_access" + why), warnings(policy.build()));
    assertEquals(List.of(), warnings(policy.audit(audit.withLogFileAccess(false)).build()));
    assertEquals(List.of(), warnings(Policy.builder().build()));
  }

  @ParameterizedTest
  @EnumSource
  void everyProtectionIsDescribedInOneSentence(Protection protection) {
    assertTrue(protection.description().matches("[A-Z][^.]+\\."), protection.description());
    assertTrue(protection.key().matches("[a-z_]+"), protection.key());
  }

  @ParameterizedTest
  @EnumSource
  void onlyTheFoundationCannotBeOff(Protection protection) {
    Set<Protection> foundation =
        Stream.of(Protection.NO_NEW_PRIVILEGES, Protection.DESCRIPTORS, Protection.SYSCALLS)
            .collect(Collectors.toSet());

    assertEquals(!foundation.contains(protection), protection.mayBeOff());
  }
}
