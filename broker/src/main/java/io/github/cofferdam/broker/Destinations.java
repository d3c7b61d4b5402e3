package io.github.cofferdam.broker;

import io.github.cofferdam.policy.DnsServer;
import io.github.cofferdam.policy.HostPattern;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.IpAddress.Kind;
import io.github.cofferdam.policy.IpRange;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.MetadataServices;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.TransportProtocol;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a policy says of destinations, and of places to listen. It knows no sockets and asks nobody:
 * the same question has the same answer, but for the names that have been resolved.
 *
 * <p>In this order: a rule that denies; metadata services, unless the very address is allowed; all,
 * if the policy allows the internet; a rule that allows. A name belongs to an address if it was an
 * answer in this run. Addresses that are not public have to be named themselves.
 */
final class Destinations {
  /** Fewer bits in common name everything, and nobody in particular. */
  private static final int NAMING_BITS = 8;

  private static final int V4_OFFSET = 96;
  private static final String METADATA = "a metadata service, which no rule names";

  private final Network network;
  private final PinnedNames pinned;

  Destinations(Network network, PinnedNames pinned) {
    this.network = network;
    this.pinned = pinned;
  }

  /** {@return whether all is allowed that nothing denies} */
  private boolean isFull() {
    return network.access() == Network.Access.FULL;
  }

  /** Whether something may be sent there, or connected to. */
  Verdict decide(IpAddress address, int port, TransportProtocol protocol) {
    for (NetworkRule rule : network.deny()) {
      if (rule.covers(port, protocol) && isMeant(rule.host(), address)) {
        return Verdict.deny("deny " + rule);
      }
    }
    if (!network.metadataOpen() && MetadataServices.contains(address)) {
      for (NetworkRule rule : network.allow()) {
        if (rule.covers(port, protocol) && namesExactly(rule.host(), address)) {
          return Verdict.allow("allow " + rule);
        }
      }
      return Verdict.deny(METADATA);
    }
    if (isFull()) {
      return Verdict.allow("allow_network");
    }
    for (NetworkRule rule : network.allow()) {
      if (rule.covers(port, protocol) && allows(rule.host(), address)) {
        return Verdict.allow("allow " + rule);
      }
    }
    if (network.loopback() && address.isLoopback()) {
      return Verdict.allow("allow_loopback");
    }
    return Verdict.deny(whyNot(address, port, protocol));
  }

  /**
   * What nothing allows: told so that one sees which word of the policy would have to be another.
   */
  private String whyNot(IpAddress address, int port, TransportProtocol protocol) {
    for (NetworkRule rule : network.allow()) {
      if (allows(rule.host(), address)) {
        return "no rule allows this port: " + rule + " is about others";
      }
    }
    if (port == DnsServer.PORT && !knowsNames()) {
      return "no rule allows it: names are resolved where a rule allows one";
    }
    if (isPublicEnough(address)) {
      return "no rule allows it";
    }
    boolean asked =
        network.allow().stream()
            .anyMatch(rule -> rule.covers(port, protocol) && isAbout(rule.host(), address));
    return "no rule allows it: " + mustBeNamed(address.kind(), asked);
  }

  private static String mustBeNamed(Kind kind, boolean asked) {
    return "a "
        + words(kind)
        + " address has to be named itself"
        + (asked && kind != Kind.MANY ? ", unless private = true" : "");
  }

  private static String words(Kind kind) {
    return kind == Kind.MANY ? "multicast" : kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a rule that denies is about it: in doubt, it is. */
  private boolean isMeant(HostPattern host, IpAddress address) {
    return host instanceof HostPattern.Addresses(IpRange range)
        ? range.mayContain(address)
        : isAbout(host, address);
  }

  /** Whether a rule that allows is about it: in doubt, it is not. */
  private boolean allows(HostPattern host, IpAddress address) {
    // Whoever has a name says which address, so where that is named is for its own rule to say.
    return isAbout(host, address) && (isPublicEnough(address) || names(host, address));
  }

  private boolean isAbout(HostPattern host, IpAddress address) {
    return switch (host) {
      case HostPattern.Any any -> true;
      case HostPattern.Addresses(IpRange range) -> range.contains(address);
      case HostPattern.Name name -> hasName(host, address);
      case HostPattern.Subdomains some -> hasName(host, address);
    };
  }

  /** {@return the names that had this address as an answer} */
  List<String> namesOf(IpAddress address) {
    return pinned.namesOf(address);
  }

  private boolean hasName(HostPattern host, IpAddress address) {
    for (String name : pinned.namesOf(address)) {
      if (host.matches(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean namesExactly(HostPattern host, IpAddress address) {
    return host instanceof HostPattern.Addresses(IpRange range)
        && range.isOne()
        && range.contains(address);
  }

  private boolean isPublicEnough(IpAddress address) {
    Kind kind = address.kind();
    return kind == Kind.PUBLIC || (network.privateAddresses() && kind != Kind.MANY);
  }

  /** Whether a range is about such addresses in particular: 0.0.0.0/0 is about none. */
  private static boolean names(HostPattern host, IpAddress address) {
    return host instanceof HostPattern.Addresses(IpRange range)
        && range.contains(address)
        && names(range, address);
  }

  private static boolean names(IpRange range, IpAddress address) {
    int bits = range.first().isV4() ? range.length() - V4_OFFSET : range.length();
    boolean narrow = bits >= NAMING_BITS - (range.first().isV4() ? 0 : 1);
    return narrow && range.first().kind() == address.kind();
  }

  /** {@return whether a name may be asked for} */
  boolean mayAsk(String name) {
    return deniedName(name).isEmpty()
        && (isFull() || network.allow().stream().anyMatch(rule -> rule.host().matches(name)));
  }

  /** {@return why a name may not be asked for} */
  String whyNot(String name) {
    return deniedName(name).map(rule -> "deny " + rule).orElse("no rule allows the name");
  }

  /** The rule that denies all ports of a name, if there is one. */
  private Optional<NetworkRule> deniedName(String name) {
    return network.deny().stream()
        .filter(rule -> rule.ports().isEmpty() && rule.host().matches(name))
        .findFirst();
  }

  /** {@return whether an address may be an answer to a name} */
  boolean mayHave(IpAddress address) {
    if (deniedWhole(address).isPresent()) {
      return false;
    }
    if (!network.metadataOpen() && MetadataServices.contains(address)) {
      return isNamed(address);
    }
    return isFull()
        || isPublicEnough(address)
        || (network.loopback() && address.isLoopback())
        || network.allow().stream().anyMatch(rule -> names(rule.host(), address));
  }

  /** {@return why an address may not be an answer to a name} */
  String whyNot(IpAddress address) {
    Optional<NetworkRule> denied = deniedWhole(address);
    if (denied.isPresent()) {
      return "deny " + denied.get();
    }
    return !network.metadataOpen() && MetadataServices.contains(address)
        ? METADATA
        : "as an answer, " + mustBeNamed(address.kind(), true);
  }

  /** The rule on addresses that denies all ports of this one, if there is one. */
  private Optional<NetworkRule> deniedWhole(IpAddress address) {
    return network.deny().stream()
        .filter(rule -> rule.ports().isEmpty() && rule.host() instanceof HostPattern.Addresses)
        .filter(rule -> isMeant(rule.host(), address))
        .findFirst();
  }

  /** {@return whether a rule allows an address by itself, for whatever ports} */
  boolean isNamed(IpAddress address) {
    return network.allow().stream().anyMatch(rule -> namesExactly(rule.host(), address));
  }

  /** {@return whether names mean anything to the policy, or are asked of other servers} */
  boolean knowsNames() {
    List<NetworkRule> rules = isFull() ? network.deny() : network.allow();
    return rules.stream().anyMatch(rule -> isByName(rule.host()))
        || (isFull() && !network.dns().isEmpty());
  }

  /**
   * Takes what the host's own file says of names: programs read it themselves and ask nobody, so
   * that rules would never come to mean the addresses, those that deny among them. A file may have
   * a hundred thousand names, so those that no rule is about are left out.
   */
  void take(HostsFile hosts) {
    hosts.forEach((name, address) -> {
      if (isNamedBy(network.allow(), name) || isNamedBy(network.deny(), name)) {
        pinned.pin(name, address);
      }
    });
  }

  private static boolean isNamedBy(List<NetworkRule> rules, String name) {
    return rules.stream()
        .map(NetworkRule::host)
        .anyMatch(host -> !(host instanceof HostPattern.Any) && host.matches(name));
  }

  private static boolean isByName(HostPattern host) {
    return !(host instanceof HostPattern.Addresses);
  }

  /** {@return whether the command may listen on anything} */
  boolean mayListen() {
    return network.loopback() || !network.listen().isEmpty();
  }

  /** {@return whether a socket may be bound there, or listen when it is} */
  Verdict decideListening(IpAddress address, int port) {
    if (isFull()) {
      return Verdict.allow("allow_network");
    }
    if (network.loopback() && address.isLoopback()) {
      return Verdict.allow("allow_loopback");
    }
    for (ListenAddress place : network.listen()) {
      if (place.covers(address, port)) {
        return Verdict.allow("listen " + place);
      }
    }
    return Verdict.deny("no rule lets it listen there");
  }

  /**
   * {@return where a socket is bound that asks for all addresses and may have only loopback}: the
   * address itself if it asks for less, or may have all
   */
  IpAddress narrowed(IpAddress address, int port) {
    if (!address.isUnspecified()
        || isFull()
        || !mayListen()
        || (port != 0 && decideListening(address, port).allowed())) {
      return address;
    }
    return IpAddress.LOOPBACK_V4;
  }
}
