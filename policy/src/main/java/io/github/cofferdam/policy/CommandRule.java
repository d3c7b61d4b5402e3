package io.github.cofferdam.policy;

import java.util.Optional;

/**
 * A rule on the whole command line.
 *
 * <p>Rules help against accidents. They read text, and text can always be written differently; the
 * wall is what the kernel enforces. A rule can take network access away from a command, never give
 * more than the policy's global value.
 *
 * @param pattern a regular expression in RE2 syntax, found anywhere in the command line; {@code .}
 *     also matches a line break
 * @param allowNetwork whether commands that match may use the network; empty when the rule says
 *     nothing about it
 * @param destructive whether commands that match are refused, unless somebody confirms them
 */
public record CommandRule(String pattern, Optional<Boolean> allowNetwork, boolean destructive) {

  /**
   * Checks the pattern.
   *
   * @throws IllegalArgumentException when the pattern is empty or is not a valid expression; the
   *     message says where
   */
  public CommandRule {
    CommandPattern.check(pattern);
  }
}
