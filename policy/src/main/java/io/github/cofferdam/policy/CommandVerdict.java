package io.github.cofferdam.policy;

import java.util.Optional;

/**
 * What the command rules say about one command.
 *
 * @param access the network access that the command gets, never more than the policy's
 * @param refusal why the command does not run; empty when it may
 * @param matched the rule that refused or decided the network access; empty when none did
 */
public record CommandVerdict(
    Network.Access access, Optional<CommandRefusal> refusal, Optional<CommandRule> matched) {}
