package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.confinement.NamespaceObstacle;
import io.github.cofferdam.confinement.NamespaceSettings;
import io.github.cofferdam.confinement.NeededNamespaces;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * How to get a protection that a host does not give. A conclusion from the host's facts: what could
 * not be concluded is left out.
 */
final class Remedies {
  private static final String NAMESPACE = "isolation = \"namespace\"";

  private Remedies() {}

  /** What helps against a gap; empty where there is none or no way is known. */
  static Optional<String> of(EnforcedProtection entry, Isolation isolation, HostReport host) {
    if (entry.state() == ProtectionState.NOT_ASKED) {
      return entry.protection() == Protection.NAMESPACES && entry.requirement() != Requirement.OFF
          ? Optional.of(namespaceIsolation(host))
          : Optional.empty();
    }
    if (!entry.fallsShort()) {
      return Optional.empty();
    }
    return switch (entry.protection()) {
      case FILESYSTEM -> files(isolation, host);
      case TRUNCATE -> orNamespaces(landlock(host, Abi.V3), isolation, host);
      case DEVICE_IOCTL -> orNamespaces(landlock(host, Abi.V5), isolation, host);
      case ABSTRACT_SOCKETS, SIGNALS, TREE_KILL ->
          orNamespaces(landlock(host, Abi.V6), isolation, host);
      case METADATA -> Optional.of(namespaceIsolation(host));
      case VIRTUAL_MACHINE ->
          Optional.of(
              isolation == Isolation.BASIC
                  ? namespaceIsolation(host)
                  : "a workspace apart from what this virtual machine runs from");
      case NAMESPACES -> namespaces(host);
      case LIMITS -> controlGroup(entry);
      // All of these fall short only where the memory of other processes lies open.
      case PROCESSES,
          NETWORK,
          UNIX_SOCKETS,
          SYSCALLS,
          CAPABILITIES,
          NO_NEW_PRIVILEGES,
          DESCRIPTORS,
          ENVIRONMENT ->
          isolation == Isolation.BASIC
              ? or(landlock(host, Abi.V1), Optional.of(namespaceIsolation(host)))
              : Optional.empty();
    };
  }

  /** What helps when nothing can be confined. */
  static Optional<String> ofFailure(Policy policy, HostReport host) {
    if (host.finding("seccomp", "filters") instanceof Finding.Works(boolean works, String why)
        && !works) {
      return Optional.of("a host that lets this process install seccomp filters: " + why);
    }
    return NeededNamespaces.of(policy, policy.network().access()).isPresent()
        ? namespaces(host)
        : Optional.empty();
  }

  /** Whether a policy needs namespaces, and a trial has shown that they do not work here. */
  static boolean lacksNamespaces(Policy policy, HostReport host) {
    return NeededNamespaces.of(policy, policy.network().access()).isPresent()
        && host.finding("namespaces", "all") instanceof Finding.Works(boolean works, String _)
        && !works;
  }

  /** Where a control group is missing, which the report says in these words. */
  private static Optional<String> controlGroup(EnforcedProtection entry) {
    return entry.detail().contains("control group")
            && !entry.detail().contains("may write to its control group")
        ? Optional.of(
            "a control group of one's own: systemd-run --user --scope -p Delegate=yes COMMAND")
        : Optional.empty();
  }

  private static Optional<String> files(Isolation isolation, HostReport host) {
    Optional<String> landlock = landlock(host, Abi.V2);
    if (landlock.isPresent()) {
      return orNamespaces(landlock, isolation, host);
    }
    // Landlock is there: it is a blocked path beneath a grant.
    return Optional.of(
        isolation == Isolation.BASIC
            ? namespaceIsolation(host)
            : "make the blocked path before the run, or do not let the command write above it");
  }

  /** Empty where this host has the version already. */
  private static Optional<String> landlock(HostReport host, Abi needed) {
    if (!(host.finding("landlock", "abi") instanceof Finding.Count(long abi, String _))) {
      return Optional.empty();
    }
    if (abi >= needed.version()) {
      return Optional.empty();
    }
    String newer = "Linux " + needed.linux() + " or newer (Landlock " + needed.version() + ")";
    if (!(host.finding("landlock", "refusal") instanceof Finding.Name(String errno, String _))) {
      return Optional.of(newer);
    }
    if (errno.equals(Errno.EOPNOTSUPP.name())) {
      return Optional.of("boot with lsm=landlock," + activeModules(host));
    }
    String around =
        "let the seccomp filter around this process, a container's perhaps, allow Landlock's"
            + " system calls";
    if (!errno.equals(Errno.ENOSYS.name())) {
      return Optional.of(around);
    }
    return Optional.of(settings(host).filtered() ? newer + "; or " + around : newer);
  }

  private static String activeModules(HostReport host) {
    return host.finding("security_modules", "active")
                instanceof Finding.Names(List<String> active, String _)
            && !active.isEmpty()
        ? String.join(",", active)
        : "and what is in lsm= now";
  }

  /** The level, and what has to be done first where it does not work here. */
  private static String namespaceIsolation(HostReport host) {
    if (!(host.finding("namespaces", "all") instanceof Finding.Works(boolean works, String _))) {
      return NAMESPACE + ", if namespaces can be made here, which is unknown";
    }
    if (works) {
      return NAMESPACE;
    }
    return NAMESPACE
        + ", which does not work here"
        + namespaces(host).map(remedy -> "; first: " + remedy).orElse("");
  }

  /** Empty where they work, or where nothing tells why not. */
  private static Optional<String> namespaces(HostReport host) {
    if (host.finding("namespaces", "all") instanceof Finding.Works(boolean works, String _)
        && works) {
      return Optional.empty();
    }
    NamespaceSettings settings = settings(host);
    Optional<NamespaceObstacle> known =
        NamespaceObstacle.ofSwitch(settings)
            .or(() -> NamespaceObstacle.ofMaxima(settings, NamespaceSettings.KINDS))
            .or(() -> NamespaceObstacle.ofAppArmor(settings));
    if (known.isPresent()) {
      return known.map(NamespaceObstacle::remedy);
    }
    boolean userWorks =
        host.finding("namespaces", "user") instanceof Finding.Works(boolean works, String _)
            && works;
    if (userWorks) {
      return host.finding("namespaces", "all") instanceof Finding.Works(boolean _, String why)
              && why.contains("/proc")
          ? Optional.of(NamespaceObstacle.maskedProc().remedy())
          : Optional.empty();
    }
    return NamespaceObstacle.ofFilter(settings).map(NamespaceObstacle::remedy);
  }

  /** What the report says of them, in the form in which a run that is refused asks for it. */
  private static NamespaceSettings settings(HostReport host) {
    var numbers = new HashMap<String, Long>();
    for (HostFact fact : host.section(UserNamespaceFacts.SECTION).facts()) {
      if (fact.finding() instanceof Finding.Count(long number, String _)) {
        numbers.put(fact.key(), number);
      }
    }
    boolean filtered =
        switch (host.finding("seccomp", "filters_around")) {
          case Finding.Count(long filters, String _) -> filters > 0;
          // How many there are is known from Linux 5.9 on; before, only that there are some.
          case Finding.Unknown(String why) -> why.startsWith(SeccompFacts.SOME);
          default -> false;
        };
    return new NamespaceSettings(numbers, filtered);
  }

  private static Optional<String> orNamespaces(
      Optional<String> one, Isolation isolation, HostReport host) {
    return or(
        one,
        isolation == Isolation.BASIC ? Optional.of(namespaceIsolation(host)) : Optional.empty());
  }

  private static Optional<String> or(Optional<String> one, Optional<String> other) {
    return one.isPresent() && other.isPresent()
        ? Optional.of(one.get() + "; or " + other.get())
        : one.or(() -> other);
  }
}
