package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Protection;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Other processes, and the end of the command's own. */
final class ProcessWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.SIGNALS, Protection.PROCESSES, Protection.TREE_KILL);
  }

  @Override
  public void build(Layers layers) {
    Terms terms = layers.terms();
    boolean signals = terms.wanted(Protection.SIGNALS);
    if (signals) {
      layers.scope(Scope.SIGNAL);
    }
    if (terms.supervision() == Supervision.SIGNAL_SCOPE) {
      layers.supervisorScope();
    }
    layers.filter(
        layers
            .filter()
            .ownNumbers(terms.ownNamespaces())
            .signalScope(signals && terms.host().landlock().has(Scope.SIGNAL))
            .tracing(terms.policy().debug()));
  }

  /**
   * Who may trace is kept from processes outside, its supervisor among them, by a Landlock domain;
   * or by a user namespace in which it has no capability, and which has only its own.
   */
  static void refuseImpossible(Terms terms) throws Refusal {
    boolean byNamespace =
        terms.ownNamespaces()
            && terms.wanted(Protection.CAPABILITIES)
            && terms.policy().capabilities().isEmpty();
    if (terms.policy().debug() && terms.host().landlock().equals(Abi.V0) && !byNamespace) {
      throw new Refusal(
          "processes.debug lets the command trace processes, and nothing would keep it to its own:"
              + " that needs Landlock, or isolation = namespace without capabilities that are"
              + " kept");
    }
  }

  @Override
  public List<Claim> claims(Built built) throws Refusal {
    return List.of(signals(built), processes(built), treeKill(built));
  }

  private static Claim signals(Built built) {
    return built.isIn(Namespace.PID)
        ? Claim.enforced(Protection.SIGNALS, Means.NAMESPACES, "process-id namespace")
        : built.byLandlock(Protection.SIGNALS, Scope.SIGNAL, "Landlock scope");
  }

  private static Claim treeKill(Built built) {
    boolean group = built.terms().limits().endsTheTree();
    if (built.isIn(Namespace.PID)) {
      return Claim.enforced(Protection.TREE_KILL, Means.NAMESPACES, "process-id namespace");
    }
    return built.terms().supervision() == Supervision.SIGNAL_SCOPE
        ? Claim.enforced(
            Protection.TREE_KILL,
            Means.LANDLOCK,
            "kill(-1) within a Landlock scope"
                + (group
                    ? ", and the control group"
                    : "; not if somebody outside kills the supervisor"))
        : Claim.partial(Protection.TREE_KILL, new Cause.SupervisorInReach(group));
  }

  private static Claim processes(Built built) throws Refusal {
    Terms terms = built.terms();
    if (built.isIn(Namespace.PID)) {
      return besideNamespace(built);
    }
    if (!terms.wanted(Protection.CAPABILITIES) && terms.host().mayDropPrivileges()) {
      // CAP_PERFMON reads memory maps and environments from Linux 6.13 on, domain or not.
      return Claim.partial(Protection.PROCESSES, new Cause.CapabilitiesLeft());
    }
    boolean filesClosed =
        terms.wanted(Protection.FILESYSTEM)
            && built.mayNotWrite(KernelMounts.ALL)
            && built.hasDomain();
    return filesClosed
        ? Claim.enforced(
            Protection.PROCESSES,
            Means.SECCOMP,
            "seccomp refuses numbers of other processes; Landlock")
        : Claim.partial(Protection.PROCESSES, new Cause.ProcessFilesOpen());
  }

  /** The command's own {@code /proc} has its own processes; another one has all of the host. */
  private static Claim besideNamespace(Built built) throws Refusal {
    Terms terms = built.terms();
    HostMounts mounts = terms.mounts();
    Optional<Path> shown =
        mounts.haveSeveral("proc")
            ? KernelMounts.shown(terms.root(), mounts.get(), built.root().closed())
            : Optional.empty();
    if (shown.isPresent()) {
      return Claim.partial(Protection.PROCESSES, new Cause.HostProcShown(OsText.show(shown.get())));
    }
    return terms.files().restricted() && !built.mayNotWrite(KernelMounts.GROUPS)
        ? Claim.partial(Protection.PROCESSES, new Cause.ControlGroupsWritable())
        : Claim.enforced(
            Protection.PROCESSES,
            Means.NAMESPACES,
            "process-id namespace; seccomp refuses the number of its init");
  }
}
