package io.github.cofferdam.broker;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Whom to ask for names, and for how long.
 *
 * @param servers in the order in which they are asked; none if nobody is
 * @param timeout how long one of them has for its answer
 * @param attempts how often each of them is asked before the name cannot be resolved
 */
record UpstreamServers(List<InetSocketAddress> servers, Duration timeout, int attempts) {
  /** The port of the domain name system, RFC 1035. */
  static final int PORT = 53;

  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 2;
  private static final int MOST_ATTEMPTS = 5;
  private static final int MOST_SERVERS = 16;

  /**
   * Checks that all of it is possible.
   *
   * @throws IllegalArgumentException if an address is missing, or something is too much or nothing
   */
  UpstreamServers {
    servers = List.copyOf(servers);
    if (servers.size() > MOST_SERVERS
        || servers.stream().anyMatch(server -> server.isUnresolved() || server.getPort() == 0)) {
      throw new IllegalArgumentException("up to 16 servers, each an address and a port");
    }
    if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("a server has 1 ms to 30 s");
    }
    if (attempts < 1 || attempts > MOST_ATTEMPTS) {
      throw new IllegalArgumentException("a server is asked once to five times");
    }
  }

  /** {@return these servers, each asked twice and with two seconds each time} */
  static UpstreamServers of(List<InetSocketAddress> servers) {
    return new UpstreamServers(servers, TIMEOUT, ATTEMPTS);
  }

  /** {@return the same, with what a file asks for, as far as that can be} */
  UpstreamServers with(Duration longest, int times) {
    return new UpstreamServers(
        servers,
        Duration.ofMillis(Math.clamp(longest.toMillis(), 1, LONGEST.toMillis())),
        Math.clamp(times, 1, MOST_ATTEMPTS));
  }

  /** {@return how often somebody is asked at most} */
  int tries() {
    return servers.size() * attempts;
  }

  /** {@return who is asked at a try}, the first being 0: each before one is asked again */
  InetSocketAddress server(int attempt) {
    return servers.get(attempt % servers.size());
  }
}
