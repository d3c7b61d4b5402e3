package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.util.Optional;

/**
 * A server that names are asked of.
 *
 * @param address its address
 * @param port its port
 */
public record DnsServer(IpAddress address, int port) {
  /** The port of RFC 1035. */
  public static final int PORT = 53;

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if the port is none from 1 to 65535, or the address is not one
   *     host's
   */
  public DnsServer {
    var _ = PortRange.of(port);
    if (address.isUnspecified() || address.kind() == IpAddress.Kind.MANY) {
      throw new IllegalArgumentException(address + " is not the address of one host");
    }
  }

  /**
   * {@return the server of a text}: an address, or an address, a colon and a port; IPv6 addresses
   * with a port stand in brackets
   *
   * @throws IllegalArgumentException if it is none
   */
  public static DnsServer parse(String text) {
    Optional<IpAddress> alone = IpAddress.parse(text);
    if (alone.isPresent()) {
      return new DnsServer(alone.get(), PORT);
    }
    int colon = text.lastIndexOf(':');
    Optional<IpAddress> address =
        colon < 0 ? Optional.empty() : IpAddress.parseBeforePort(text.substring(0, colon));
    if (address.isEmpty() || !PortRange.isPort(text.substring(colon + 1))) {
      throw new IllegalArgumentException(
          Text.quote(text)
              + " is not a name server: an address, such as \"192.0.2.1\", \"192.0.2.1:5353\" or"
              + " \"[2001:db8::1]:53\"");
    }
    return new DnsServer(address.get(), Integer.parseInt(text.substring(colon + 1)));
  }

  /** {@return the address, and the port unless it is 53} */
  @Override
  public String toString() {
    return port == PORT ? address.toString() : address.beforePort() + ":" + port;
  }
}
