package io.github.cofferdam.confinement;

import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Namespaces of the command's own. */
final class NamespaceWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.NAMESPACES);
  }

  /** Refuses what can never be: settings that only namespaces can carry out, without them. */
  static void refuseImpossible(Terms terms) throws Refusal {
    Set<Capability> kept = terms.policy().capabilities();
    if (!kept.isEmpty() && !terms.wanted(Protection.CAPABILITIES)) {
      throw new Refusal(
          "isolation.capabilities names what is kept, and enforcement.capabilities = off drops"
              + " none");
    }
    if (!terms.ownNamespaces() && (!kept.isEmpty() || terms.policy().hostname().isPresent())) {
      throw new Refusal(
          "isolation."
              + (terms.policy().hostname().isPresent() ? "hostname" : "capabilities")
              + " needs namespaces of the command's own: isolation = namespace");
    }
    if (kept.contains(Capability.SETFCAP) && terms.host().mayDropPrivileges()) {
      // Root of the namespace is root outside, so capabilities(7) of files would hold there.
      throw new Refusal(
          "isolation.capabilities keeps setfcap: of root, the command could leave programs behind"
              + " that have capabilities outside of the sandbox as well; take another user, or"
              + " leave setfcap out");
    }
  }

  /** {@return the namespaces that the command is put in} */
  static NamespacePolicy namespaces(Terms terms) {
    NamespacePolicy.Builder builder = NamespacePolicy.builder();
    if (terms.ownNamespaces()) {
      builder
          .add(Namespace.USER, Namespace.PID, Namespace.MOUNT, Namespace.IPC, Namespace.UTS)
          .hostname(terms.policy().hostname().orElse("sandbox"));
    }
    if (terms.ownNetwork()) {
      builder
          .add(Namespace.USER, Namespace.NETWORK)
          .loopback(terms.access() == Network.Access.LOOPBACK);
    }
    if (terms.ownUsers() && NamespacePolicy.canForbidNested()) {
      // seccomp refuses them already; this holds even for a filter with a gap.
      builder.nestedUserNamespaces(false);
    }
    return builder.build();
  }

  @Override
  public void build(Layers layers) {
    // What a command is put in is decided before its walls are built.
  }

  @Override
  public List<Claim> claims(Built built) {
    Optional<NamespaceObstacle> obstacle = built.terms().host().obstacle();
    if (built.terms().policy().isolation() != Isolation.NAMESPACE && obstacle.isPresent()) {
      return List.of(
          new Claim(
              Protection.NAMESPACES,
              ProtectionState.NOT_ASKED,
              new Cause.NamespacesNotGiven(obstacle.get().reason())));
    }
    if (built.terms().policy().isolation() != Isolation.NAMESPACE) {
      return List.of(Claim.notAsked(Protection.NAMESPACES, "isolation = basic"));
    }
    if (built.terms().ownNamespaces()
        && !built
            .namespaces()
            .namespaces()
            .containsAll(
                EnumSet.of(
                    Namespace.USER,
                    Namespace.PID,
                    Namespace.MOUNT,
                    Namespace.IPC,
                    Namespace.UTS))) {
      throw new IllegalStateException("not all namespaces are made");
    }
    return List.of(
        Claim.enforced(
            Protection.NAMESPACES,
            Means.NAMESPACES,
            "user, pid, mount, ipc, uts" + (built.isIn(Namespace.NETWORK) ? ", net" : "")));
  }
}
