package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * A line of iptables, as far as it says what a rule can say: {@code -A OUTPUT}, {@code -d} with an
 * address or CIDR, {@code -p tcp} or {@code udp}, {@code --dport}, and {@code -j ACCEPT}, {@code
 * DROP} or {@code REJECT}. No tables of the host are touched.
 *
 * @param rule to which destinations
 * @param accepts whether these are allowed
 * @see <a href="https://man7.org/linux/man-pages/man8/iptables.8.html">iptables(8)</a>
 */
record IptablesRule(NetworkRule rule, boolean accepts) {
  private static final String HAS =
      "; a line has -A OUTPUT, then any of -d ADDRESS, -p tcp or udp, --dport PORT, then -j ACCEPT,"
          + " DROP or REJECT";

  /**
   * {@return the rule of a line}
   *
   * @throws IllegalArgumentException if it says anything else
   */
  static IptablesRule parse(String line) {
    return new Line(line).rule();
  }

  /**
   * {@return a network with more rules}: iptables takes the first that matches, and here what is
   * denied wins, so that a line which denies what one before it accepts is not understood. As the
   * last line, one that denies everything says what holds anyway.
   *
   * @throws IllegalArgumentException if it is there
   */
  static Network add(Network network, List<IptablesRule> rules) {
    var allow = new ArrayList<NetworkRule>();
    var deny = new ArrayList<NetworkRule>();
    for (int i = 0; i < rules.size(); i++) {
      NetworkRule rule = rules.get(i).rule();
      if (rules.get(i).accepts()) {
        allow.add(rule);
      } else if (allow.isEmpty() || i < rules.size() - 1 || !isEverything(rule)) {
        allow.stream()
            .filter(accepted -> overlap(rule, accepted))
            .findFirst()
            .ifPresent(accepted -> refuse(rule, accepted));
        deny.add(rule);
      }
    }
    Network denied = network.withDeny(ReachKeys.plus(network.deny(), deny));
    return allow.isEmpty() ? denied : denied.withAllow(ReachKeys.plus(network.allow(), allow));
  }

  private static boolean isEverything(NetworkRule rule) {
    return rule.equals(NetworkRule.of(new HostPattern.Any()));
  }

  private static boolean overlap(NetworkRule some, NetworkRule others) {
    boolean hosts =
        !(some.host() instanceof HostPattern.Addresses(IpRange one))
            || !(others.host() instanceof HostPattern.Addresses(IpRange other))
            || one.contains(other.first())
            || other.contains(one.first());
    boolean ports =
        some.ports().isEmpty()
            || others.ports().isEmpty()
            || some.ports().stream()
                .anyMatch(one ->
                    others.ports().stream()
                        .anyMatch(
                            other -> one.first() <= other.last() && other.first() <= one.last()));
    return hosts && ports && !Collections.disjoint(some.protocols(), others.protocols());
  }

  private static void refuse(NetworkRule denied, NetworkRule accepted) {
    throw new IllegalArgumentException(
        "a line that denies "
            + denied
            + " stands behind one that accepts "
            + accepted
            + ", and what is denied wins here, wherever it stands; leave it out: what no line"
            + " accepts is refused anyway");
  }

  /** A line that is being read. */
  private static final class Line {
    private final String line;
    private final List<String> words;
    private int next;
    private boolean chain;
    private Optional<HostPattern> host = Optional.empty();
    private Optional<String> protocol = Optional.empty();
    private Optional<String> match = Optional.empty();
    private Optional<PortRange> port = Optional.empty();
    private Optional<Boolean> accepts = Optional.empty();

    Line(String line) {
      this.line = line;
      words = List.of(line.strip().split("[ \t]+", -1));
    }

    IptablesRule rule() {
      while (next < words.size()) {
        option(words.get(next++));
      }
      if (!chain) {
        throw wrong("does not begin with -A OUTPUT");
      }
      if (accepts.isEmpty()) {
        throw wrong("has no -j");
      }
      if (port.isPresent() && protocol.isEmpty()) {
        throw wrong("has --dport without -p");
      }
      if (match.isPresent() && !match.equals(protocol)) {
        throw wrong("has -m " + match.get() + " without -p " + match.get());
      }
      NetworkRule all = NetworkRule.of(host.orElseGet(HostPattern.Any::new));
      NetworkRule some = port.map(range -> all.withPorts(List.of(range))).orElse(all);
      return new IptablesRule(
          protocol
              .map(word -> some.withProtocols(EnumSet.of(TransportProtocol.of(word).orElseThrow())))
              .orElse(some),
          accepts.get());
    }

    private void option(String option) {
      switch (option) {
        case "-A" -> chain = chain(value(option));
        case "-d" -> host = once(option, host, address(value(option)));
        case "-p" -> protocol = once(option, protocol, protocol(option, value(option)));
        case "-m" -> match = once(option, match, protocol(option, value(option)));
        case "--dport" -> port = once(option, port, port(value(option)));
        case "-j" -> accepts = once(option, accepts, accepts(value(option)));
        default -> throw wrong("has " + Text.quote(option) + ", which is not understood");
      }
    }

    private String value(String option) {
      if (next >= words.size()) {
        throw wrong("has " + option + " without a value");
      }
      return words.get(next++);
    }

    private <T> Optional<T> once(String option, Optional<T> before, T value) {
      if (before.isPresent()) {
        throw wrong("has " + option + " twice");
      }
      return Optional.of(value);
    }

    private boolean chain(String name) {
      if (!name.equals("OUTPUT") || chain || next != 2) {
        throw wrong("is not about OUTPUT alone");
      }
      return true;
    }

    private HostPattern address(String text) {
      return IpRange.parse(text)
          .map(HostPattern.Addresses::new)
          .orElseThrow(() -> wrong("has -d " + Text.quote(text) + ", which is no address"));
    }

    private String protocol(String option, String word) {
      if (TransportProtocol.of(word).isEmpty()) {
        throw wrong("has " + option + " " + Text.quote(word) + ", which is not understood");
      }
      return word;
    }

    private PortRange port(String text) {
      if (!text.matches("[0-9]{1,5}(:[0-9]{1,5})?")) {
        throw wrong("has --dport " + Text.quote(text) + ", which is neither PORT nor FIRST:LAST");
      }
      return PortRange.parse(text.replace(':', '-'));
    }

    private boolean accepts(String target) {
      return switch (target) {
        case "ACCEPT" -> true;
        case "DROP", "REJECT" -> false;
        default -> throw wrong("has -j " + Text.quote(target) + ", which is not understood");
      };
    }

    private IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException(Text.quote(line) + " " + what + HAS);
    }
  }
}
