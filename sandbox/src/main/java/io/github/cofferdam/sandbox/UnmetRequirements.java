package io.github.cofferdam.sandbox;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a policy requires and this host does not give. */
final class UnmetRequirements {
  /** What isolation namespace has without Landlock. */
  private static final Set<Protection> NAMESPACES_SUFFICE =
      EnumSet.of(
          Protection.FILESYSTEM,
          Protection.TRUNCATE,
          Protection.METADATA,
          Protection.DEVICE_IOCTL,
          Protection.SIGNALS,
          Protection.TREE_KILL,
          // Without Landlock, these fall short only because the memory of others lies open.
          Protection.PROCESSES,
          Protection.NETWORK,
          Protection.UNIX_SOCKETS,
          Protection.ABSTRACT_SOCKETS,
          Protection.SYSCALLS,
          Protection.CAPABILITIES,
          Protection.NO_NEW_PRIVILEGES,
          Protection.DESCRIPTORS,
          Protection.ENVIRONMENT);

  private UnmetRequirements() {}

  /**
   * Refuses a run for which not all holds that must.
   *
   * @param landlock what the kernel has of it
   * @throws RefusedException says what that is, and which policy would run here
   */
  static void refuse(Policy policy, EnforcementReport report, Abi landlock)
      throws RefusedException {
    List<EnforcedProtection> unmet = report.unmet();
    if (unmet.isEmpty()) {
      return;
    }
    var message = new StringBuilder("this host cannot enforce what the policy requires:");
    for (EnforcedProtection entry : unmet) {
      message.append("\n  ").append(entry.protection().key()).append(": ").append(entry.detail());
    }
    if (policy.isolation() == Isolation.BASIC
        && !(report.of(Protection.NAMESPACES).cause() instanceof Cause.NamespacesNotGiven)
        && unmet.stream()
            .map(EnforcedProtection::protection)
            .allMatch(NAMESPACES_SUFFICE::contains)) {
      message.append(
          "\n"
              + "isolation = \"namespace\" rests on mounts and a process-id namespace instead, and"
              + (landlock.equals(Abi.V0)
                  ? " leaves named pipes open to be written, which [enforcement] filesystem ="
                      + " \"prefer\" accepts."
                  : " needs no newer kernel."));
    }
    message.append(
        "\n"
            + "cofferdam doctor says what this host can enforce, and how to get the rest. To run"
            + " with less, say so for each protection in [enforcement], or use level ="
            + " \"best-effort\".");
    throw new RefusedException(message.toString());
  }
}
