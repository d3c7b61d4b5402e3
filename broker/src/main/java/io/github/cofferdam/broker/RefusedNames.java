package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the policy says of names, and what becomes of those that it refuses: they are counted and
 * told.
 *
 * @param destinations what the policy says
 * @param tally counts
 * @param listener hears of what is refused; empty if nobody wants to
 */
record RefusedNames(
    Destinations destinations, Tally tally, Optional<Consumer<NetworkDecision>> listener)
    implements Names {
  @Override
  public boolean mayAsk(String name) {
    return destinations.mayAsk(name);
  }

  @Override
  public boolean mayHave(String name, IpAddress address) {
    return destinations.mayHave(address);
  }

  @Override
  public void refused(String name, Optional<IpAddress> address) {
    var decision =
        new NetworkDecision.Named(
            name,
            address,
            address.map(destinations::whyNot).orElseGet(() -> destinations.whyNot(name)));
    tally.add(decision);
    try {
      listener.ifPresent(wants -> wants.accept(decision));
    } catch (RuntimeException e) {
      // It is refused whether anybody hears of it or not, and whoever asked waits for that.
      System.getLogger(RefusedNames.class.getName())
          .log(System.Logger.Level.WARNING, "a name was refused, and not told: " + name, e);
    }
  }
}
