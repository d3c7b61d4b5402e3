package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.NetRight;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkCause;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.seccomp.Sockets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Sockets: the filter refuses them, a network namespace is empty, a scope keeps names inside. */
final class NetworkWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(
        Protection.NETWORK,
        Protection.CLOUD_METADATA,
        Protection.UNIX_SOCKETS,
        Protection.ABSTRACT_SOCKETS);
  }

  @Override
  public void build(Layers layers) throws Refusal {
    Terms terms = layers.terms();
    Optional<Brokering> broker = terms.brokering();
    if (broker.isPresent() && terms.host().brokerObstacle().isPresent()) {
      // Whoever asks for rules does not mean less: nothing is let through in their place.
      boolean rules = terms.access() == Network.Access.LISTED || Brokering.hasRules(terms.policy());
      throw new Refusal(
          (rules ? "rules on hosts and ports" : "limits on connections and bandwidth")
              + " take a broker, which does not work here: "
              + terms.host().brokerObstacle().get());
    }
    if (broker.isEmpty() && terms.policy().audit().asksForNetwork(terms.policy().network())) {
      layers.warn(
          "missing: audit.log_network (nobody decides on each destination here, so there is nothing"
              + " to record)");
    }
    if (terms.listsUnixSockets()) {
      listUnixSockets(layers);
    }
    boolean none = terms.access() == Network.Access.NONE;
    Network network = terms.policy().network();
    if (network.access() == Network.Access.NONE && !network.listen().isEmpty()) {
      layers.warn(
          "network.listen has no effect, since there is no network: allow = [] beside it allows"
              + " listening, and no host");
    }
    Optional<PortsOnly> ports = PortsOnly.of(terms);
    Sockets sockets =
        none ? Sockets.NONE : ports.isPresent() ? Sockets.CONNECTING : Sockets.INTERNET;
    layers.filter(
        layers
            .filter()
            .sockets(broker.map(Brokering::sockets).orElse(sockets))
            .unixSockets(terms.allowsUnixSockets()));
    if (ports.isPresent()) {
      layers.ruleset().handleNet(NetRight.BIND_TCP, NetRight.CONNECT_TCP);
      ports.get().ports().forEach(layers.ruleset()::connectTcp);
    }
    if (none) {
      // seccomp refuses the sockets already; a second wall costs nothing.
      layers.ruleset().handleNet(NetRight.BIND_TCP, NetRight.CONNECT_TCP);
    }
    // Behind a broker nothing is allowed: what it does, it does with its own rights.
    if (broker.isPresent()) {
      layers
          .ruleset()
          .handleNet(
              broker.get().sockets() == Sockets.ASKED_CONNECTS
                  ? new NetRight[] {NetRight.CONNECT_TCP}
                  : NetRight.values());
    }
    if (terms.wanted(Protection.ABSTRACT_SOCKETS)) {
      layers.scope(Scope.ABSTRACT_UNIX_SOCKET);
    }
  }

  /** Nobody but the kernel may decide: a broker would connect with rights of its own. */
  private static void listUnixSockets(Layers layers) throws Refusal {
    Terms terms = layers.terms();
    Abi has = terms.host().landlock();
    if (has.has(FsRight.RESOLVE_UNIX)) {
      terms.files().sockets().forEach(layers.ruleset()::connectUnix);
    } else if (terms.root() == null) {
      Abi needed = FsRight.RESOLVE_UNIX.abi();
      throw new Refusal(
          SocketLookup.KEY
              + " by path needs Landlock "
              + needed.version()
              + " (Linux "
              + needed.linux()
              + " or newer) or isolation = namespace with files restricted; this kernel has "
              + (has.equals(Abi.V0) ? "no Landlock" : "Landlock " + has.version()));
    }
  }

  @Override
  public List<Claim> claims(Built built) {
    return List.of(
        network(built), cloudMetadata(built), unixSockets(built), abstractSockets(built));
  }

  private static Claim network(Built built) {
    boolean own = built.isIn(Namespace.NETWORK);
    if (built.filter().refusesInternet()) {
      return Claim.enforced(
          Protection.NETWORK,
          Means.SECCOMP,
          own ? "seccomp refuses sockets; an empty network namespace" : "seccomp refuses sockets");
    }
    Sockets asked = built.filter().asks();
    boolean full = built.terms().access() == Network.Access.FULL;
    if (full && !Brokering.hasRules(built.terms().policy())) {
      return Claim.notAsked(Protection.NETWORK, "the policy allows the network");
    }
    if (asked == Sockets.ASKED || asked == Sockets.GIVEN) {
      return brokered(built, own);
    }
    if (own) {
      return Claim.enforced(
          Protection.NETWORK, Means.NAMESPACES, "a network namespace with a loopback of its own");
    }
    if (PortsOnly.of(built.terms()).isPresent() && built.handles(NetRight.CONNECT_TCP)) {
      if (!built.filter().connectsOnly()) {
        throw new IllegalStateException(
            "nothing was built that keeps from what Landlock does not see");
      }
      return Claim.enforced(
          Protection.NETWORK,
          Means.LANDLOCK,
          "Landlock allows connections to these ports alone; seccomp refuses UDP, listening and"
              + " TCP Fast Open");
    }
    throw new IllegalStateException("nothing was built that keeps from the network");
  }

  private static Claim brokered(Built built, boolean own) {
    Brokering broker = built.terms().brokering().orElseThrow();
    if (own != (built.filter().asks() == Sockets.GIVEN)) {
      throw new IllegalStateException("a broker gives sockets exactly where there are no others");
    }
    Optional<Abi> needed = broker.neededBehind();
    if (needed.isPresent() && built.landlock().compareTo(needed.get()) < 0) {
      return Claim.partial(
          Protection.NETWORK,
          new NetworkCause.UnixSocketsBesideBroker(
              needed.get().version(), needed.get().linux(), built.landlock().version()));
    }
    String words =
        "a broker decides on each destination by the rules, "
            + (own
                ? "and gives the sockets, which are the host's, to an empty network namespace"
                : "on the command's own sockets");
    boolean behind = built.handles(NetRight.CONNECT_TCP);
    return Claim.enforced(
        Protection.NETWORK,
        Means.BROKER,
        behind ? words + "; Landlock behind it allows no connection" : words);
  }

  private static Claim cloudMetadata(Built built) {
    if (built.terms().policy().network().metadataOpen()) {
      return Claim.notAsked(Protection.CLOUD_METADATA, "the policy opens them (metadata = open)");
    }
    if (built.filter().refusesInternet()) {
      return Claim.enforced(
          Protection.CLOUD_METADATA, Means.SECCOMP, "seccomp refuses all sockets of the internet");
    }
    if (built.filter().asks().asks()) {
      Abi needed = NetRight.CONNECT_TCP.abi();
      if (built.terms().brokering().orElseThrow().localIsHeld()
          && !built.handles(NetRight.CONNECT_TCP)) {
        return Claim.partial(
            Protection.CLOUD_METADATA,
            new NetworkCause.UnixSocketsBesideBroker(
                needed.version(), needed.linux(), built.landlock().version()));
      }
      return Claim.enforced(
          Protection.CLOUD_METADATA,
          Means.BROKER,
          "a broker refuses connections to the addresses that are known");
    }
    if (built.isIn(Namespace.NETWORK)) {
      return Claim.enforced(
          Protection.CLOUD_METADATA, Means.NAMESPACES, "the network namespace reaches no host");
    }
    return Claim.missing(
        Protection.CLOUD_METADATA,
        new NetworkCause.BrokerNotGiven(
            Brokering.metadataObstacle(built.terms())
                .orElse("the policy asks for none: the protection is off")));
  }

  private static Claim unixSockets(Built built) {
    if (built.filter().refusesUnix()) {
      return Claim.enforced(Protection.UNIX_SOCKETS, Means.SECCOMP, "seccomp refuses Unix sockets");
    }
    if (!built.terms().allowsUnixSockets()) {
      throw new IllegalStateException("nothing was built that keeps from Unix sockets");
    }
    if (!built.terms().listsUnixSockets()) {
      return Claim.notAsked(Protection.UNIX_SOCKETS, "the policy allows Unix sockets");
    }
    if (built.has(FsRight.RESOLVE_UNIX)) {
      return Claim.enforced(
          Protection.UNIX_SOCKETS,
          Means.LANDLOCK,
          "Landlock lets those alone be connected to that the policy lists");
    }
    if (built.terms().root() == null) {
      throw new IllegalStateException("nothing was built that tells Unix sockets apart");
    }
    Abi needed = FsRight.RESOLVE_UNIX.abi();
    return Claim.partial(
        Protection.UNIX_SOCKETS,
        new NetworkCause.UnixSocketsInRoot(
            needed.version(), needed.linux(), built.landlock().version()));
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
