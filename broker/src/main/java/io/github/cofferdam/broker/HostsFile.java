package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.function.BiConsumer;

/**
 * The names that a host has addresses for itself. What is no such line is passed over, as the C
 * library does; so are addresses with a zone, which no answer has room for.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/hosts.5.html">hosts(5)</a>
 */
final class HostsFile {
  /** Where it is on every host. */
  static final Path PLACE = Path.of("/etc/hosts");

  /** Lists of hosts that nobody is to reach have some. */
  private static final int LONGEST = 16 * 1024 * 1024;

  private static final String BLANKS = " \t\f\r\u000b";

  private final Map<DnsName, List<IpAddress>> addresses = new HashMap<>();

  private HostsFile() {}

  /**
   * {@return what a file says now}; nothing if it is not there
   *
   * @throws IOException if it cannot be read, or is longer than 16 MiB
   */
  static HostsFile read(Path file) throws IOException {
    return of(BoundedFile.lines(file, LONGEST));
  }

  /** {@return what some lines say} */
  static HostsFile of(List<String> lines) {
    var file = new HostsFile();
    for (String line : lines) {
      int comment = line.indexOf('#');
      var words = new StringTokenizer(comment < 0 ? line : line.substring(0, comment), BLANKS);
      if (words.hasMoreTokens()) {
        Optional<IpAddress> address = IpAddress.parse(words.nextToken());
        while (address.isPresent() && words.hasMoreTokens()) {
          file.add(words.nextToken(), address.get());
        }
      }
    }
    return file;
  }

  private void add(String text, IpAddress address) {
    DnsName name;
    try {
      String lower = text.toLowerCase(Locale.ROOT);
      name = DnsName.of(lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower);
    } catch (IllegalArgumentException e) {
      return;
    }
    List<IpAddress> known = addresses.computeIfAbsent(name, key -> new ArrayList<>(1));
    if (known.size() < DnsAnswer.MOST_ADDRESSES && !known.contains(address)) {
      known.add(address);
    }
  }

  /** Tells each name in lower case, with each of its addresses. */
  void forEach(BiConsumer<String, IpAddress> hears) {
    addresses.forEach((name, all) -> all.forEach(address -> hears.accept(name.text(), address)));
  }

  /**
   * {@return the addresses of a name, of both versions}; empty if it says nothing of it, so that
   * others are to be asked
   */
  Optional<List<IpAddress>> addresses(DnsName name) {
    return Optional.ofNullable(addresses.get(name)).map(List::copyOf);
  }
}
