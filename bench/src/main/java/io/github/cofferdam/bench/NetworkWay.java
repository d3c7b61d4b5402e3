package io.github.cofferdam.bench;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.sandbox.Sandbox;
import java.util.List;

/**
 * What a policy says of the network, and how it is enforced.
 *
 * @param label what it is called in results
 * @param isolation of the sandbox
 * @param network what it may reach
 */
record NetworkWay(String label, Isolation isolation, Network network) {
  private static final Network FULL = Network.DEFAULT.withAccess(Network.Access.FULL);

  static NetworkWay none(Isolation isolation) {
    return new NetworkWay("no network", isolation, Network.DEFAULT);
  }

  /** All of the internet, and nothing is asked. */
  static NetworkWay open(Isolation isolation) {
    return new NetworkWay("full network, metadata = open", isolation, FULL.withMetadataOpen(true));
  }

  /** All of the internet but for the clouds' metadata services, for which each connect is asked. */
  static NetworkWay closed(Isolation isolation) {
    return new NetworkWay("full network, connect asked", isolation, FULL);
  }

  /** One server by a rule, so that everything is asked. */
  static NetworkWay listed(Isolation isolation, int port) {
    NetworkRule rule = NetworkRule.parse("127.0.0.1:" + port);
    String how =
        isolation == Isolation.NAMESPACE
            ? "by rules, namespace: sockets given"
            : "by rules, basic: sockets duplicated";
    return new NetworkWay(how, isolation, Network.DEFAULT.withAllow(List.of(rule)));
  }

  /** {@return those with which the server at a port can be reached} */
  static List<NetworkWay> reaching(int port) {
    return List.of(
        open(Isolation.BASIC),
        closed(Isolation.BASIC),
        listed(Isolation.BASIC, port),
        listed(Isolation.NAMESPACE, port));
  }

  /** {@return all of an isolation, the cheapest first} */
  static List<NetworkWay> all(Isolation isolation, int port) {
    return List.of(none(isolation), open(isolation), closed(isolation), listed(isolation, port));
  }

  Sandbox sandbox() {
    return Sandbox.of(Policy.builder().isolation(isolation).network(network).build());
  }
}
