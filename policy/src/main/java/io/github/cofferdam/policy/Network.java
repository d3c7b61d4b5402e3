package io.github.cofferdam.policy;

import java.util.List;
import java.util.Objects;

/**
 * What a command may reach through sockets.
 *
 * @param access internet sockets
 * @param allowUnixSockets whether Unix sockets in the file system may be connected to
 * @param logNetwork whether network events are recorded; {@link AuditSettings#logNetwork} must also
 *     be set
 * @param commandRules rules on the command line, in order; see {@link CommandRule}
 */
public record Network(
    Access access, boolean allowUnixSockets, boolean logNetwork, List<CommandRule> commandRules) {

  /** Which internet sockets work, from least to most. */
  public enum Access {
    /** None. */
    NONE,
    /** Only to the sandbox's own machine. */
    LOOPBACK,
    /** All. */
    FULL
  }

  /** No network, no Unix sockets, no rules; network events are recorded where auditing is on. */
  public static final Network DEFAULT = new Network(Access.NONE, false, true, List.of());

  /**
   * Copies the rules.
   *
   * @throws IllegalArgumentException when their patterns are too large together
   */
  public Network {
    commandRules = List.copyOf(commandRules);
    var budget = new PatternBudget();
    for (CommandRule rule : commandRules) {
      budget.take(rule.pattern());
    }
  }

  /** {@return this with other internet sockets} */
  public Network withAccess(Access value) {
    return new Network(Objects.requireNonNull(value), allowUnixSockets, logNetwork, commandRules);
  }

  /** {@return this with Unix sockets, or without} */
  public Network withUnixSockets(boolean allowed) {
    return new Network(access, allowed, logNetwork, commandRules);
  }

  /** {@return this with network events recorded, or not} */
  public Network withLogNetwork(boolean logged) {
    return new Network(access, allowUnixSockets, logged, commandRules);
  }

  /**
   * {@return this with other rules}
   *
   * @throws IllegalArgumentException when their patterns are too large together
   */
  public Network withCommandRules(List<CommandRule> rules) {
    return new Network(access, allowUnixSockets, logNetwork, rules);
  }

  /** All of the internet: one of the two keys that files have for {@link #access}. */
  Network withInternet(boolean allowed) {
    return allowed
        ? withAccess(Access.FULL)
        : withAccess(access == Access.FULL ? Access.NONE : access);
  }

  /** The other one, which says nothing new beside all of the internet. */
  Network withLoopback(boolean allowed) {
    if (access == Access.FULL) {
      if (!allowed) {
        throw new IllegalArgumentException(
            "false contradicts network.allow_network = true, which includes it");
      }
      return this;
    }
    return withAccess(allowed ? Access.LOOPBACK : Access.NONE);
  }
}
