package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

/**
 * Reads which servers a host asks for names. Of its options, only {@code timeout} and {@code
 * attempts} mean something here; names are asked for as they are, so that domains to search in are
 * those of the client.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/resolv.conf.5.html">resolv.conf(5)</a>
 */
final class ResolverFile {
  /** Where it is on every host. */
  static final Path PLACE = Path.of("/etc/resolv.conf");

  private static final int LONGEST = 64 * 1024;

  /** MAXNS of the C library. */
  private static final int MOST_SERVERS = 3;

  private static final String BLANKS = " \t\f\r\u000b";

  private ResolverFile() {}

  /**
   * {@return whom a file says to ask}; this host itself if it names nobody, or is not there
   *
   * @throws IOException if it cannot be read, or is longer than 64 KiB
   */
  static UpstreamServers read(Path file) throws IOException {
    return of(BoundedFile.lines(file, LONGEST));
  }

  /** {@return whom some lines say to ask} */
  static UpstreamServers of(List<String> lines) {
    var servers = new ArrayList<InetSocketAddress>();
    Optional<Integer> timeout = Optional.empty();
    Optional<Integer> attempts = Optional.empty();
    for (String line : lines) {
      var words = new StringTokenizer(line, BLANKS);
      if (!words.hasMoreTokens() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      String key = words.nextToken();
      if (key.equals("nameserver") && words.hasMoreTokens() && servers.size() < MOST_SERVERS) {
        server(words.nextToken()).ifPresent(servers::add);
      }
      while (key.equals("options") && words.hasMoreTokens()) {
        String option = words.nextToken();
        timeout = number(option, "timeout:", timeout);
        attempts = number(option, "attempts:", attempts);
      }
    }
    if (servers.isEmpty()) {
      servers.add(new InetSocketAddress(address(new byte[] {127, 0, 0, 1}), UpstreamServers.PORT));
    }
    UpstreamServers all = UpstreamServers.of(servers);
    return all.with(
        timeout.map(Duration::ofSeconds).orElse(all.timeout()), attempts.orElse(all.attempts()));
  }

  /** Of {@code key:number}; a number that is too long for one is as good as the highest. */
  private static Optional<Integer> number(String option, String key, Optional<Integer> before) {
    String digits = option.startsWith(key) ? option.substring(key.length()) : "";
    if (!digits.matches("[0-9]+")) {
      return before;
    }
    return Optional.of(digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits));
  }

  private static Optional<InetSocketAddress> server(String text) {
    int zone = text.indexOf('%');
    Optional<IpAddress> address = IpAddress.parse(zone < 0 ? text : text.substring(0, zone));
    if (address.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = address.get().bytes();
    if (zone < 0) {
      return Optional.of(new InetSocketAddress(address(bytes), UpstreamServers.PORT));
    }
    Optional<Integer> scope = scope(text.substring(zone + 1));
    if (scope.isEmpty() || bytes.length == 4) {
      return Optional.empty();
    }
    try {
      var scoped = Inet6Address.getByAddress(null, bytes, scope.get());
      return Optional.of(new InetSocketAddress(scoped, UpstreamServers.PORT));
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return the number of an interface, which may stand there itself} */
  private static Optional<Integer> scope(String zone) {
    if (zone.matches("[0-9]{1,9}")) {
      return Optional.of(Integer.parseInt(zone));
    }
    try {
      return Optional.ofNullable(NetworkInterface.getByName(zone)).map(NetworkInterface::getIndex);
    } catch (SocketException e) {
      return Optional.empty();
    }
  }

  /** Asks nobody: it is an address already. */
  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }
}
