package io.github.cofferdam.policy;

import java.util.List;

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
  static final Network DEFAULT = new Network(Access.NONE, false, true, List.of());

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
}
