package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the walls of a run are built from: the policy, this host, and what has been looked up for
 * them.
 *
 * @param policy what may pass
 * @param access the network access that is left; full where the policy does not protect it
 * @param host what this host can do
 * @param files what the command may do with files
 * @param root the command's own root; null if it has none
 * @param limits the limits, and the control group that was made for them
 * @param machineGap what the command may change of what this virtual machine runs from, and what to
 *     do; empty if nothing
 * @param existing the blocked paths beneath grants that are there
 * @param profile a filter that stands behind the baseline
 * @param mounts what is mounted here
 */
record Terms(
    Policy policy,
    Network.Access access,
    Host host,
    FileGrants files,
    @Nullable PrivateRoot root,
    LimitPlan limits,
    Optional<String> machineGap,
    List<Path> existing,
    Optional<SeccompFilter> profile,
    HostMounts mounts) {

  boolean wanted(Protection protection) {
    return wanted(policy, protection);
  }

  static boolean wanted(Policy policy, Protection protection) {
    return policy.enforcement().of(protection) != Requirement.OFF;
  }

  /** Whether the command may do with files only what the policy grants. */
  boolean restrictsFiles() {
    return files.restricted() && wanted(Protection.FILESYSTEM);
  }

  boolean ownNamespaces() {
    return policy.isolation() == Isolation.NAMESPACE && wanted(Protection.NAMESPACES);
  }

  boolean ownNetwork() {
    return switch (access) {
      case LOOPBACK -> true;
      case NONE -> ownNamespaces();
      case LISTED -> ownNamespaces() && PortsOnly.of(this).isEmpty();
      case FULL -> false;
    };
  }

  /** Whether the command is in a user namespace of its own. */
  boolean ownUsers() {
    return ownNamespaces() || ownNetwork();
  }

  boolean allowsUnixSockets() {
    return policy.network().allowUnixSockets()
        || listsUnixSockets()
        || !wanted(Protection.UNIX_SOCKETS);
  }

  /** Whether only those may be connected to that the policy lists. */
  boolean listsUnixSockets() {
    return !policy.network().unixSockets().isEmpty() && wanted(Protection.UNIX_SOCKETS);
  }

  /** What a broker has to answer; empty if nothing. */
  Optional<Brokering> brokering() {
    return Brokering.of(this);
  }

  Supervision supervision() {
    if (ownNamespaces()) {
      return Supervision.PID_NAMESPACE;
    }
    // The scope of the supervisor's layer would also hold for the command.
    return host.landlock().compareTo(Abi.V6) >= 0 && wanted(Protection.SIGNALS)
        ? Supervision.SIGNAL_SCOPE
        : Supervision.CHILD_WALK;
  }

  /** Whether everything may be read and executed, and nothing else. */
  boolean isPlain() {
    Filesystem listed = policy.filesystem();
    return policy.mode() == Mode.READONLY
        && listed.readOnly().isEmpty()
        && listed.readExecute().isEmpty()
        && listed.readWrite().isEmpty()
        && listed.overlay().isEmpty()
        && listed.bindMounts().isEmpty()
        && listed.blocked().isEmpty();
  }
}
