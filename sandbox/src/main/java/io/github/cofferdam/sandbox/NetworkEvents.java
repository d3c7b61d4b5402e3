package io.github.cofferdam.sandbox;

import io.github.cofferdam.broker.NetworkDecision;
import io.github.cofferdam.events.AuditException;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.events.Event;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.policy.AuditSettings;
import java.util.Optional;
import java.util.function.Consumer;

/** What a run has asked of the network, as it stands in the audit log. */
final class NetworkEvents {
  private NetworkEvents() {}

  /** Writes each decision; empty if the policy wants none written. */
  static Optional<Consumer<NetworkDecision>> of(AuditLog log, Launched launched) {
    if (!log.wants(Event.Category.NETWORK)) {
      return Optional.empty();
    }
    long supervisor = launched.pid();
    return Optional.of(decision -> write(log, supervisor, decision));
  }

  /** Where what is not logged must not happen, it does not: the command is refused. */
  static void write(AuditLog log, long supervisor, NetworkDecision decision) {
    try {
      log.emit(event(decision).in(supervisor));
    } catch (AuditException e) {
      throw new IllegalStateException("not logged, so refused: " + decision.target(), e);
    }
  }

  static Event event(NetworkDecision decision) {
    Event event =
        Event.of(
                decision.allowed() ? "network.allowed" : "network.denied",
                decision.allowed() ? AuditSettings.Level.INFO : AuditSettings.Level.WARN,
                Event.Category.NETWORK,
                decision.allowed() ? Event.Decision.ALLOW : Event.Decision.DENY)
            .because(decision.rule());
    return switch (decision) {
      case NetworkDecision.Reached reached ->
          event
              .with("call", reached.call())
              .with("address", reached.address().toString())
              .with("port", reached.port())
              .with("protocol", reached.protocol().key())
              .with("names", reached.names())
              .with("program", reached.program())
              .with("process", reached.pid());
      case NetworkDecision.Named named -> {
        Event asked = event.with("name", named.name());
        yield named.address().isPresent()
            ? asked.with("address", named.address().get().toString())
            : asked;
      }
    };
  }
}
