package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.seccomp.Baseline;
import io.github.cofferdam.seccomp.Sockets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The seccomp filter of a policy. */
final class SyscallWall {
  /** Compiling takes longer than starting a process, and there are few baselines. */
  private static final ConcurrentMap<Baseline, SetupProgram> COMPILED = new ConcurrentHashMap<>();

  private SyscallWall() {}

  /**
   * The program that installs the filter.
   *
   * @param access the network access that is left after the command rules
   */
  static SetupProgram program(
      Policy policy, Network.Access access, Host host, EnforcementReport.Builder report) {
    boolean ownNamespaces =
        policy.isolation() == Isolation.NAMESPACE && report.wanted(Protection.NAMESPACES);
    Baseline baseline =
        Baseline.of(host.arch())
            .sockets(access == Network.Access.NONE ? Sockets.NONE : Sockets.INTERNET)
            .unixSockets(allowsUnixSockets(policy, report))
            .ipc(ownNamespaces)
            .ownNumbers(ownNamespaces)
            .signalScope(
                host.landlock().compareTo(Abi.V6) >= 0 && report.wanted(Protection.SIGNALS))
            .fileWatches(ownNamespaces || !hidesFiles(policy, report))
            .metadataChanges(!deniesMetadataChanges(policy, report));
    return COMPILED.computeIfAbsent(baseline, wanted -> wanted.filter().install());
  }

  static boolean allowsUnixSockets(Policy policy, EnforcementReport.Builder report) {
    return policy.network().allowUnixSockets() || !report.wanted(Protection.UNIX_SOCKETS);
  }

  /** Whether there are directories whose names the command is not to learn: inotify tells them. */
  private static boolean hidesFiles(Policy policy, EnforcementReport.Builder report) {
    Filesystem files = policy.filesystem();
    return report.wanted(Protection.FILESYSTEM)
        && !(files.blocked().isEmpty()
            && files.readOnly().isEmpty()
            && files.readExecute().isEmpty());
  }

  /**
   * A filter cannot tell files apart: changes of modes, owners and times can only be refused for
   * all files. That suits the mode in which the command has nothing to write but its temporary
   * files.
   */
  static boolean deniesMetadataChanges(Policy policy, EnforcementReport.Builder report) {
    return policy.mode() == Mode.READONLY
        && policy.filesystem().readWrite().isEmpty()
        && policy.isolation() == Isolation.BASIC
        && report.wanted(Protection.METADATA);
  }
}
