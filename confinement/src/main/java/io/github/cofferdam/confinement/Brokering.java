package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimits;
import io.github.cofferdam.seccomp.Sockets;
import java.util.List;
import java.util.Optional;

/**
 * What a broker has to answer for a run.
 *
 * @param sockets how much it is asked
 * @param network what the policy says of destinations, with the access that is left to the command
 * @param limits what is limited of the sockets; nothing else is in it
 * @param localIsHeld whether what is about Unix sockets is left to the kernel
 */
public record Brokering(Sockets sockets, Network network, TreeLimits limits, boolean localIsHeld) {
  /** What the filter opens, for the launcher to hand over. */
  public static final Slot LISTENER = Slot.named("network listener");

  /** Landlock that sees connections, and one that also sees datagrams. */
  private static final Abi SEES_TCP = Abi.V4;

  private static final Abi SEES_UDP = Abi.V10;

  /** Whether a run of a policy may need one: a rule for commands only takes away. */
  static boolean mayBeWanted(Policy policy) {
    Network.Access access =
        Terms.wanted(policy, Protection.NETWORK) ? policy.network().access() : Network.Access.FULL;
    return access == Network.Access.LISTED
        || (access == Network.Access.FULL
            && (hasRules(policy) || hasLimits(policy) || closesMetadata(policy)));
  }

  /**
   * {@return what has to be answered under these terms}; empty if nothing, and where nobody can
   * answer although it is only metadata services that are asked about
   */
  static Optional<Brokering> of(Terms terms) {
    Policy policy = terms.policy();
    Network network = policy.network();
    return switch (terms.access()) {
      case NONE, LOOPBACK -> Optional.empty();
      case LISTED ->
          PortsOnly.of(terms).isPresent()
              ? Optional.empty()
              : Optional.of(
                  new Brokering(
                      terms.ownNetwork() ? Sockets.GIVEN : Sockets.ASKED,
                      opened(policy, network),
                      limits(policy),
                      terms.allowsUnixSockets()));
      case FULL -> full(terms, policy, opened(policy, network.withAccess(Network.Access.FULL)));
    };
  }

  private static Optional<Brokering> full(Terms terms, Policy policy, Network network) {
    // Where a limit is only preferred, one that nobody holds is reported as any other.
    boolean limited =
        hasLimits(policy)
            && (terms.host().brokerObstacle().isEmpty()
                || policy.enforcement().of(Protection.LIMITS) == Requirement.REQUIRE);
    if (hasRules(policy) || limited) {
      return Optional.of(
          new Brokering(Sockets.ASKED, network, limits(policy), terms.allowsUnixSockets()));
    }
    if (!closesMetadata(policy) || metadataObstacle(terms).isPresent()) {
      return Optional.empty();
    }
    Network closed = network.withDeny(List.of()).withDns(List.of());
    return Optional.of(
        new Brokering(Sockets.ASKED_CONNECTS, closed, TreeLimits.NONE, terms.allowsUnixSockets()));
  }

  /** Whether there is more to say of the internet than that it is allowed. */
  static boolean hasRules(Policy policy) {
    Network network = policy.network();
    return Terms.wanted(policy, Protection.NETWORK)
        && (!network.deny().isEmpty() || !network.dns().isEmpty());
  }

  static boolean hasLimits(Policy policy) {
    return !limits(policy).isEmpty();
  }

  private static TreeLimits limits(Policy policy) {
    return Terms.wanted(policy, Protection.LIMITS)
        ? policy.treeLimits().ofNetwork()
        : TreeLimits.NONE;
  }

  static boolean closesMetadata(Policy policy) {
    return Terms.wanted(policy, Protection.CLOUD_METADATA) && !policy.network().metadataOpen();
  }

  private static Network opened(Policy policy, Network network) {
    return network.withMetadataOpen(!closesMetadata(policy));
  }

  /** What keeps a run with all of the internet from having metadata services closed. */
  static Optional<String> metadataObstacle(Terms terms) {
    Optional<String> obstacle = terms.host().brokerObstacle();
    return obstacle.isEmpty()
            && terms.allowsUnixSockets()
            && terms.host().landlock().compareTo(SEES_TCP) < 0
        ? Optional.of("beside Unix sockets it takes Landlock 4 (Linux 6.7 or newer)")
        : obstacle;
  }

  /**
   * {@return the version of Landlock that has to hold what the broker leaves to the kernel}; empty
   * if it leaves nothing to it
   */
  Optional<Abi> neededBehind() {
    return localIsHeld
        ? Optional.of(sockets == Sockets.ASKED_CONNECTS ? SEES_TCP : SEES_UDP)
        : Optional.empty();
  }
}
