package io.github.cofferdam.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What a command may reach through sockets.
 *
 * @param access internet sockets
 * @param loopback with {@link Access#LISTED}: whether the host's loopback addresses may be reached
 *     and listened on, all ports, besides what the rules say; false with every other access
 * @param allow with {@link Access#LISTED}: what may be reached; empty with every other access
 * @param deny what may not be reached in spite of that, also with {@link Access#FULL}
 * @param listen where the command may listen; with {@link Access#FULL} it may anyway
 * @param privateAddresses with {@link Access#LISTED}: whether names and {@code *} also lead to
 *     private, loopback and link-local addresses, which else have to be named themselves
 * @param metadataOpen whether {@link MetadataServices} may be reached like other hosts
 * @param dns the servers that names are asked of, in order; none for the host's
 * @param refusal how a command learns that a destination is not allowed
 * @param allowUnixSockets whether Unix sockets in the file system may be connected to
 * @param unixSockets the only Unix sockets in the file system that may be connected to, as paths
 *     are written in {@link Filesystem}; none if {@link #allowUnixSockets} says all or none
 * @param logNetwork whether network events are recorded; {@link AuditSettings#logNetwork} must also
 *     be set
 * @param commandRules rules on the command line, in order; see {@link CommandRule}
 */
public record Network(
    Access access,
    boolean loopback,
    List<NetworkRule> allow,
    List<NetworkRule> deny,
    List<ListenAddress> listen,
    boolean privateAddresses,
    boolean metadataOpen,
    List<DnsServer> dns,
    NetworkRefusal refusal,
    boolean allowUnixSockets,
    List<String> unixSockets,
    boolean logNetwork,
    List<CommandRule> commandRules) {

  /** Which internet sockets work, from least to most. */
  public enum Access {
    /** None. */
    NONE,
    /** Only to the sandbox's own machine. */
    LOOPBACK,
    /** Only what rules allow. */
    LISTED,
    /** All, less what rules deny. */
    FULL
  }

  /** No network, no Unix sockets, no rules; network events are recorded where auditing is on. */
  public static final Network DEFAULT =
      new Network(
          Access.NONE,
          false,
          List.of(),
          List.of(),
          List.of(),
          false,
          false,
          List.of(),
          NetworkRefusal.PERMISSION_DENIED,
          false,
          List.of(),
          true,
          List.of());

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException when there is something that only means anything with {@link
   *     Access#LISTED}, and the access is another; when all Unix sockets are allowed beside a list
   *     of some, or one of these has a wrong form; or when the patterns of rules on the command
   *     line are too large together
   */
  public Network {
    Objects.requireNonNull(access);
    Objects.requireNonNull(refusal);
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    listen = List.copyOf(listen);
    dns = List.copyOf(dns);
    unixSockets = unixSockets.stream().map(PolicyPath::canonical).toList();
    unixSockets.forEach(PolicyPath::checkGrant);
    commandRules = List.copyOf(commandRules);
    if (allowUnixSockets && !unixSockets.isEmpty()) {
      throw new IllegalArgumentException(
          "allow_unix_sockets = true allows all Unix sockets, and unix_sockets only some of them;"
              + " leave one of them out");
    }
    if (access != Access.LISTED && (loopback || !allow.isEmpty())) {
      throw new IllegalArgumentException(
          "rules that allow hosts, and loopback beside them, belong to Access.LISTED");
    }
    var budget = new PatternBudget();
    for (CommandRule rule : commandRules) {
      budget.take(rule.pattern());
    }
  }

  /**
   * {@return what allows these hosts and nothing else}: {@link #DEFAULT} with rules such as {@code
   * "repo.example.org:443"}, {@code "*.example.org"} or {@code "192.0.2.0/24"}, as {@link
   * NetworkRule#parse} reads them; none allow nothing
   *
   * @throws IllegalArgumentException if one is no rule
   */
  public static Network allowing(String... hosts) {
    return DEFAULT.withAllow(Arrays.stream(hosts).map(NetworkRule::parse).toList());
  }

  /**
   * {@return this with other internet sockets}: what rules allow, and loopback beside them, is gone
   * unless they are {@link Access#LISTED} as before
   */
  public Network withAccess(Access value) {
    var next = new Next(this);
    next.access = Objects.requireNonNull(value);
    if (value != Access.LISTED) {
      next.loopback = false;
      next.allow = List.of();
    }
    return next.network();
  }

  /**
   * {@return this with {@link Access#LISTED}, and these rules}: none allow nothing. What {@link
   * Access#LOOPBACK} allows stays.
   */
  public Network withAllow(List<NetworkRule> rules) {
    var next = new Next(this);
    next.loopback |= access == Access.LOOPBACK;
    next.access = Access.LISTED;
    next.allow = rules;
    return next.network();
  }

  /**
   * Ports of the hosts that are allowed without any; where no rule allows a host, of all hosts.
   *
   * @throws IllegalArgumentException if there is no such host, or the list of hosts is empty
   */
  Network withAllowedPorts(List<PortRange> ports) {
    if (access != Access.LISTED) {
      return withAllow(List.of(NetworkRule.of(new HostPattern.Any()).withPorts(ports)));
    }
    if (allow.isEmpty()) {
      throw new IllegalArgumentException(
          "the list of hosts that are allowed is empty, which allows nothing; if any host is meant,"
              + " write \"*\" in it");
    }
    if (allow.stream().noneMatch(rule -> rule.ports().isEmpty())) {
      throw new IllegalArgumentException(
          "every host that is allowed has ports of its own, so that these would mean nothing");
    }
    return withAllow(
        allow.stream().map(rule -> rule.ports().isEmpty() ? rule.withPorts(ports) : rule).toList());
  }

  /** {@return this with other rules that deny what else would be allowed} */
  public Network withDeny(List<NetworkRule> rules) {
    var next = new Next(this);
    next.deny = rules;
    return next.network();
  }

  /** {@return this with other places where the command may listen} */
  public Network withListen(List<ListenAddress> places) {
    var next = new Next(this);
    next.listen = places;
    return next.network();
  }

  /** {@return this with private, loopback and link-local addresses behind names, or without} */
  public Network withPrivateAddresses(boolean allowed) {
    var next = new Next(this);
    next.privateAddresses = allowed;
    return next.network();
  }

  /** {@return this with the metadata services of clouds open, or closed} */
  public Network withMetadataOpen(boolean open) {
    var next = new Next(this);
    next.metadataOpen = open;
    return next.network();
  }

  /** {@return this with other servers that names are asked of} */
  public Network withDns(List<DnsServer> servers) {
    var next = new Next(this);
    next.dns = servers;
    return next.network();
  }

  /** {@return this with another way to say that a destination is not allowed} */
  public Network withRefusal(NetworkRefusal value) {
    var next = new Next(this);
    next.refusal = value;
    return next.network();
  }

  /** {@return this with Unix sockets, or without} */
  public Network withUnixSockets(boolean allowed) {
    var next = new Next(this);
    next.allowUnixSockets = allowed;
    return next.network();
  }

  /**
   * {@return this with some Unix sockets, and no others}
   *
   * @param paths as in {@link Filesystem}; {@link Filesystem#text} makes one of a path
   * @throws IllegalArgumentException if all are allowed, or one has a wrong form
   */
  public Network withUnixSockets(List<String> paths) {
    var next = new Next(this);
    next.unixSockets = paths;
    return next.network();
  }

  /** {@return whether some of the paths begin in the workspace} */
  public boolean hasRelativePaths() {
    return unixSockets.stream().anyMatch(PolicyPath::isRelative);
  }

  /** {@return this with network events recorded, or not} */
  public Network withLogNetwork(boolean logged) {
    var next = new Next(this);
    next.logNetwork = logged;
    return next.network();
  }

  /**
   * {@return this with other rules on the command line}
   *
   * @throws IllegalArgumentException when their patterns are too large together
   */
  public Network withCommandRules(List<CommandRule> rules) {
    var next = new Next(this);
    next.commandRules = rules;
    return next.network();
  }

  /**
   * The internet at all: one of the two keys that files have for {@link #access} besides the rules,
   * all of which are read before.
   */
  Network withInternet(boolean allowed) {
    if (allowed) {
      return access == Access.LISTED ? this : withAccess(Access.FULL);
    }
    if (!allow.isEmpty()) {
      throw new IllegalArgumentException(
          "false contradicts the rules that allow hosts, the first of which is "
              + allow.getFirst()
              + "; leave one of them out");
    }
    return switch (access) {
      case NONE, LOOPBACK -> this;
      case LISTED -> withAccess(loopback ? Access.LOOPBACK : Access.NONE);
      case FULL -> withAccess(Access.NONE);
    };
  }

  /**
   * The other one: beside rules, what is on this host's loopback; and beside all of the internet it
   * says nothing new.
   *
   * @return this, with {@link Access#LOOPBACK} or {@link #loopback} if that is allowed
   */
  public Network withLoopback(boolean allowed) {
    return switch (access) {
      case NONE, LOOPBACK -> withAccess(allowed ? Access.LOOPBACK : Access.NONE);
      case LISTED -> {
        var next = new Next(this);
        next.loopback = allowed;
        yield next.network();
      }
      case FULL -> {
        if (!allowed) {
          throw new IllegalArgumentException(
              "false contradicts network.allow_network = true, which includes it");
        }
        yield this;
      }
    };
  }

  /** One that is to be, whose parts have names: in a row, one is taken for another. */
  private static final class Next {
    private Access access;
    private boolean loopback;
    private List<NetworkRule> allow;
    private List<NetworkRule> deny;
    private List<ListenAddress> listen;
    private boolean privateAddresses;
    private boolean metadataOpen;
    private List<DnsServer> dns;
    private NetworkRefusal refusal;
    private boolean allowUnixSockets;
    private List<String> unixSockets;
    private boolean logNetwork;
    private List<CommandRule> commandRules;

    Next(Network from) {
      access = from.access;
      loopback = from.loopback;
      allow = from.allow;
      deny = from.deny;
      listen = from.listen;
      privateAddresses = from.privateAddresses;
      metadataOpen = from.metadataOpen;
      dns = from.dns;
      refusal = from.refusal;
      allowUnixSockets = from.allowUnixSockets;
      unixSockets = from.unixSockets;
      logNetwork = from.logNetwork;
      commandRules = from.commandRules;
    }

    Network network() {
      return new Network(
          access,
          loopback,
          allow,
          deny,
          listen,
          privateAddresses,
          metadataOpen,
          dns,
          refusal,
          allowUnixSockets,
          unixSockets,
          logNetwork,
          commandRules);
    }
  }
}
