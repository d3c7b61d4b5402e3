package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.util.Optional;

/**
 * What the names of a run are: which of them may be asked for, and which addresses they may have.
 * Called by the one thread of all runs' {@link NameServer}s, so it answers at once and never waits.
 * Names are in lower case and without the dot at their end.
 */
interface Names {
  /**
   * {@return whether a name may be resolved} Nothing of one that may not leaves the machine.
   *
   * @param name letters, digits, hyphens, underscores, and dots between its labels; others are
   *     refused before
   */
  boolean mayAsk(String name);

  /**
   * {@return whether an address may be told as one of a name} Those that may not are left out of
   * the answer.
   *
   * @param name the one that was asked for, not one of those that it is an alias of
   * @param address an address that somebody says it has
   */
  boolean mayHave(String name, IpAddress address);

  /**
   * Is told of what was refused, each time that a client asks.
   *
   * @param name the one that was asked for; bytes that host names do not have are in it as a
   *     backslash and three decimal digits
   * @param address the address that it may not have; empty if the name may not be asked for
   */
  void refused(String name, Optional<IpAddress> address);
}
