package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.confinement.NamespaceObstacle;
import io.github.cofferdam.confinement.NamespaceSettings;
import io.github.cofferdam.confinement.NeededNamespaces;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.CrashCause;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.NetworkCause;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
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
    return switch (entry.cause()) {
      case Cause.Held _, Cause.OffInPolicy _ -> Optional.empty();
      case Cause.NamespacesNotGiven _ -> namespaces(host);
      case Cause.AllowedByPolicy _ ->
          entry.protection() == Protection.NAMESPACES
              ? Optional.of(namespaceIsolation(host))
              : Optional.empty();
      case Cause.LandlockTooOld(int needs, String _, int _) ->
          orNamespaces(landlock(host, Abi.of(needs)), isolation, host);
      case Cause.DeviceGranted(String _, int needs, String _) -> landlock(host, Abi.of(needs));
      // The first version refuses every rename across directories.
      case Cause.NoLandlock _, Cause.RenamesRefused _, Cause.RootWithoutLandlock _ ->
          orNamespaces(landlock(host, Abi.V2), isolation, host);
      case Cause.SupervisorInReach _ -> orNamespaces(landlock(host, Abi.V6), isolation, host);
      case Cause.MetadataUnseen _ -> Optional.of(namespaceIsolation(host));
      case Cause.PathNotCovered _, Cause.PathMayAppear _, Cause.PathBeyondLandlock _ ->
          Optional.of(
              isolation == Isolation.BASIC
                  ? namespaceIsolation(host)
                  : "make the blocked path before the run, or do not let the command write above"
                      + " it");
      case Cause.VirtualMachineInReach _ ->
          Optional.of(
              isolation == Isolation.BASIC
                  ? namespaceIsolation(host)
                  : "a workspace apart from what this virtual machine runs from");
      case Cause.ProcessFilesOpen _, Cause.CapabilitiesLeft _ ->
          isolation == Isolation.BASIC ? Optional.of(namespaceIsolation(host)) : Optional.empty();
      case Cause.LimitsShort(String _, boolean lacksGroup) ->
          lacksGroup
              ? Optional.of(
                  "a control group of one's own: systemd-run --user --scope -p Delegate=yes"
                      + " COMMAND")
              : Optional.empty();
      case NetworkCause.BandwidthOneWay _ ->
          Optional.of(
              "limits = \"prefer\" in [enforcement], if what goes out over each connection is what"
                  + " counts; no program can slow down what others send it");
      case CrashCause.CrashHandlerStarted _ ->
          Optional.of(
              "start this process with a hard limit of core files above 0: LimitCORE=1 in a unit of"
                  + " systemd, --ulimit core=1 of a container engine, prlimit --core=1 as root");
      case CrashCause.CrashPatternWritable _ ->
          Optional.of(
              "another user than root; or mode readonly or workspace-write with nothing of /proc"
                  + " among what may be written");
      case CrashCause.CrashLimitPretended _ ->
          Optional.of(
              "start it outside of that sandbox, or with a limit of core files of 1 already");
      case CrashCause.CrashSocketConnected _ ->
          Optional.of(
              "a kernel.core_pattern that names a file or a program, which a limit of 1 keeps it"
                  + " from");
      case Cause.But(Cause _, Cause.But.Gap gap, String _) ->
          switch (gap) {
            case MEMORY_OF_OTHERS, FILES_OF_OTHERS ->
                isolation == Isolation.BASIC
                    ? or(landlock(host, Abi.V1), Optional.of(namespaceIsolation(host)))
                    : Optional.empty();
            case STREAMS -> Optional.empty();
          };
      case NetworkCause.UnixSocketsBesideBroker(int needs, String _, int _) ->
          or(landlock(host, Abi.of(needs)), Optional.of("a policy without allow_unix_sockets"));
      case NetworkCause.UnixSocketsInRoot(int needs, String _, int _) ->
          landlock(host, Abi.of(needs));
      // Their words say what to do.
      case NetworkCause.BrokerNotGiven _ -> Optional.empty();
      case Cause.StorageGranted _,
          Cause.HostProcShown _,
          Cause.ControlGroupsWritable _,
          CrashCause.CrashHandlingUnknown _ ->
          Optional.empty();
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
