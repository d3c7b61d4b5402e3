package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.NetRight;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.seccomp.Sockets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Sockets: the filter refuses them, a network namespace is empty, a scope keeps names inside. */
final class NetworkWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.NETWORK, Protection.UNIX_SOCKETS, Protection.ABSTRACT_SOCKETS);
  }

  @Override
  public void build(Layers layers) throws Refusal {
    Terms terms = layers.terms();
    refuseRules(terms);
    boolean none = terms.access() == Network.Access.NONE;
    layers.filter(
        layers
            .filter()
            .sockets(none ? Sockets.NONE : Sockets.INTERNET)
            .unixSockets(terms.allowsUnixSockets()));
    if (none) {
      // seccomp refuses the sockets already; a second wall costs nothing.
      layers.ruleset().handleNet(NetRight.BIND_TCP, NetRight.CONNECT_TCP);
    }
    if (terms.wanted(Protection.ABSTRACT_SOCKETS)) {
      layers.scope(Scope.ABSTRACT_UNIX_SOCKET);
    }
  }

  /** Whoever asks for these does not mean less: nothing is let through in their place. */
  private static void refuseRules(Terms terms) throws Refusal {
    Network network = terms.policy().network();
    if (terms.access() == Network.Access.LISTED) {
      throw new Refusal("rules that allow hosts (network.allow) cannot be enforced yet");
    }
    if (terms.access() == Network.Access.FULL && terms.wanted(Protection.NETWORK)) {
      if (!network.deny().isEmpty()) {
        throw new Refusal("rules that deny hosts (network.deny) cannot be enforced yet");
      }
      if (!network.dns().isEmpty()) {
        throw new Refusal("servers that names are asked of (network.dns) cannot be enforced yet");
      }
    }
  }

  @Override
  public List<Claim> claims(Built built) {
    return List.of(network(built), unixSockets(built), abstractSockets(built));
  }

  private static Claim network(Built built) {
    boolean own = built.isIn(Namespace.NETWORK);
    if (built.filter().refusesInternet()) {
      return Claim.enforced(
          Protection.NETWORK,
          Means.SECCOMP,
          own ? "seccomp refuses sockets; an empty network namespace" : "seccomp refuses sockets");
    }
    if (own) {
      return Claim.enforced(
          Protection.NETWORK, Means.NAMESPACES, "a network namespace with a loopback of its own");
    }
    if (built.terms().access() != Network.Access.FULL) {
      throw new IllegalStateException("nothing was built that keeps from the network");
    }
    return Claim.notAsked(Protection.NETWORK, "the policy allows the network");
  }

  private static Claim unixSockets(Built built) {
    if (built.filter().refusesUnix()) {
      return Claim.enforced(Protection.UNIX_SOCKETS, Means.SECCOMP, "seccomp refuses Unix sockets");
    }
    if (!built.terms().allowsUnixSockets()) {
      throw new IllegalStateException("nothing was built that keeps from Unix sockets");
    }
    return Claim.notAsked(Protection.UNIX_SOCKETS, "the policy allows Unix sockets");
  }

  private static Claim abstractSockets(Built built) {
    if (built.filter().refusesUnix()) {
      return Claim.enforced(
          Protection.ABSTRACT_SOCKETS, Means.SECCOMP, "seccomp refuses Unix sockets");
    }
    return built.isIn(Namespace.NETWORK)
        ? Claim.enforced(Protection.ABSTRACT_SOCKETS, Means.NAMESPACES, "network namespace")
        : built.byLandlock(
            Protection.ABSTRACT_SOCKETS, Scope.ABSTRACT_UNIX_SOCKET, "Landlock scope");
  }
}
