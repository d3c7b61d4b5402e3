package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.HostPattern;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.PortRange;
import io.github.cofferdam.policy.TransportProtocol;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Rules that say nothing of hosts, which Landlock holds by itself: connections to some ports of
 * whatever host. Nobody has to answer while the command runs.
 *
 * @param ports those that may be connected to
 */
record PortsOnly(Set<Integer> ports) {
  /** Each is a rule of Landlock's. */
  private static final int MOST = 256;

  private static final Abi NEEDED = Abi.V4;

  /** {@return the ports}; empty if the rules say more than Landlock can hold */
  static Optional<PortsOnly> of(Terms terms) {
    Network network = terms.policy().network();
    boolean more =
        terms.access() != Network.Access.LISTED
            || terms.host().landlock().compareTo(NEEDED) < 0
            || Brokering.closesMetadata(terms.policy())
            || Brokering.hasLimits(terms.policy())
            || !network.privateAddresses()
            || terms.allowsUnixSockets()
            || network.loopback()
            || !network.deny().isEmpty()
            || !network.dns().isEmpty()
            || !network.listen().isEmpty()
            || network.allow().isEmpty();
    if (more) {
      return Optional.empty();
    }
    var ports = new TreeSet<Integer>();
    for (NetworkRule rule : network.allow()) {
      boolean simple =
          rule.host() instanceof HostPattern.Any
              && !rule.ports().isEmpty()
              && rule.protocols().equals(Set.of(TransportProtocol.TCP));
      if (!simple || !add(rule, ports)) {
        return Optional.empty();
      }
    }
    return Optional.of(new PortsOnly(ports));
  }

  private static boolean add(NetworkRule rule, Set<Integer> ports) {
    for (PortRange range : rule.ports()) {
      if (range.last() - range.first() >= MOST) {
        return false;
      }
      for (int port = range.first(); port <= range.last(); port++) {
        ports.add(port);
      }
    }
    return ports.size() <= MOST;
  }
}
