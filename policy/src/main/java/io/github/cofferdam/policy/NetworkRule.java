package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which hosts, ports and protocols are allowed, or denied: {@code [[network.allow]]} and {@code
 * [[network.deny]]} in policy files.
 *
 * @param host the hosts
 * @param ports the ports; empty for all
 * @param protocols the protocols; unmodifiable, in the order of the enum, never empty
 */
public record NetworkRule(
    HostPattern host, List<PortRange> ports, Set<TransportProtocol> protocols) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there is no protocol
   */
  public NetworkRule {
    ports = List.copyOf(ports);
    if (protocols.isEmpty()) {
      throw new IllegalArgumentException("a rule needs a protocol");
    }
    protocols = Collections.unmodifiableSet(EnumSet.copyOf(protocols));
  }

  /** {@return the rule of a host, for all ports and protocols} */
  public static NetworkRule of(HostPattern host) {
    return new NetworkRule(host, List.of(), EnumSet.allOf(TransportProtocol.class));
  }

  /**
   * {@return the rule of a text}: a host, or a host, a colon and a port, or two with a hyphen
   * between them; IPv6 addresses with a port stand in brackets
   *
   * @throws IllegalArgumentException if it is none
   */
  public static NetworkRule parse(String text) {
    int colon = text.lastIndexOf(':');
    boolean port =
        colon > 0
            && (text.indexOf(':') == colon || text.charAt(colon - 1) == ']')
            && PortRange.isRange(text.substring(colon + 1));
    return port
        ? of(HostPattern.parse(text.substring(0, colon)))
            .withPorts(List.of(PortRange.parse(text.substring(colon + 1))))
        : of(HostPattern.parse(text));
  }

  /** {@return this with other ports; none for all} */
  public NetworkRule withPorts(List<PortRange> some) {
    return new NetworkRule(host, some, protocols);
  }

  /** {@return this with other protocols} */
  public NetworkRule withProtocols(Set<TransportProtocol> some) {
    return new NetworkRule(host, ports, some);
  }

  /** {@return whether it is about a port and a protocol, whatever the host} */
  public boolean covers(int port, TransportProtocol protocol) {
    return protocols.contains(protocol)
        && (ports.isEmpty() || ports.stream().anyMatch(range -> range.contains(port)));
  }

  /** {@return all of it in a few characters: {@code example.org:443/tcp}} */
  @Override
  public String toString() {
    String name = host.toString();
    var text = new StringBuilder(name.indexOf(':') >= 0 ? "[" + name + "]" : name);
    if (!ports.isEmpty()) {
      List<String> all = new ArrayList<>();
      ports.forEach(range -> all.add(range.toString()));
      text.append(':').append(String.join(",", all));
    }
    if (protocols.size() == 1) {
      text.append('/').append(protocols.iterator().next().key());
    }
    return text.toString();
  }
}
