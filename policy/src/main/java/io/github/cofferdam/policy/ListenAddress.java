package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a command may listen: {@code listen} of {@code [network]} in policy files.
 *
 * @param where at which addresses
 * @param address the one, if it is {@link Where#ADDRESS}; else empty
 * @param ports the ports
 */
public record ListenAddress(Where where, Optional<IpAddress> address, PortRange ports) {
  /** At which of the host's addresses. */
  public enum Where {
    /** 127.0.0.0/8 and ::1: whoever connects is on this host. */
    LOOPBACK,
    /** One of them. */
    ADDRESS,
    /** All of them, 0.0.0.0 and :: included. */
    EVERYWHERE
  }

  /**
   * Checks that there is an address where one is needed, and only there.
   *
   * @throws IllegalArgumentException if not, or if the address is not one that a socket has alone
   */
  public ListenAddress {
    Objects.requireNonNull(ports);
    if (address.isPresent() != (where == Where.ADDRESS)) {
      throw new IllegalArgumentException("an address belongs to Where.ADDRESS, and to no other");
    }
    address.ifPresent(ListenAddress::check);
  }

  private static void check(IpAddress address) {
    if (address.isUnspecified()) {
      throw new IllegalArgumentException(
          address + " means every address; write * and the port for that");
    }
  }

  /** {@return the ports on loopback addresses} */
  public static ListenAddress loopback(PortRange ports) {
    return new ListenAddress(Where.LOOPBACK, Optional.empty(), ports);
  }

  /** {@return the ports on every address} */
  public static ListenAddress everywhere(PortRange ports) {
    return new ListenAddress(Where.EVERYWHERE, Optional.empty(), ports);
  }

  /**
   * {@return the ports on one address}
   *
   * @throws IllegalArgumentException if it is 0.0.0.0 or ::
   */
  public static ListenAddress of(IpAddress address, PortRange ports) {
    return new ListenAddress(Where.ADDRESS, Optional.of(address), ports);
  }

  /**
   * {@return what a text means}: ports, which are those of loopback addresses; or {@code *} or an
   * address, a colon and ports; IPv6 addresses stand in brackets
   *
   * @throws IllegalArgumentException if it means nothing
   */
  public static ListenAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String ports = text.substring(colon + 1);
    String before = text.substring(0, Math.max(colon, 0));
    Optional<IpAddress> address = IpAddress.parseBeforePort(before);
    if (!PortRange.isRange(ports) || (colon >= 0 && !before.equals("*") && address.isEmpty())) {
      throw new IllegalArgumentException(
          Text.quote(text)
              + " says not where to listen: a port, which is one of loopback, or an address or *"
              + " before it, such as \"127.0.0.1:8080\", \"[::1]:8080\" or \"*:8000-8099\"");
    }
    PortRange range = PortRange.parse(ports);
    return address
        .map(one -> of(one, range))
        .orElseGet(() -> colon < 0 ? loopback(range) : everywhere(range));
  }

  /** {@return whether a socket that is bound so belongs to it} */
  public boolean covers(IpAddress bound, int port) {
    return ports.contains(port)
        && switch (where) {
          case LOOPBACK -> bound.isLoopback();
          case ADDRESS -> address.equals(Optional.of(bound));
          case EVERYWHERE -> true;
        };
  }

  /** {@return a text that {@link #parse} understands} */
  @Override
  public String toString() {
    return switch (where) {
      case LOOPBACK -> ports.toString();
      case ADDRESS -> address.orElseThrow().beforePort() + ":" + ports;
      case EVERYWHERE -> "*:" + ports;
    };
  }
}
