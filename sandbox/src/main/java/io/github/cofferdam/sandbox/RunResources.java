package io.github.cofferdam.sandbox;

import io.github.cofferdam.broker.NetworkBroker;
import io.github.cofferdam.broker.NetworkCounts;
import io.github.cofferdam.confinement.LimitPlan;
import io.github.cofferdam.confinement.StandardStreams;
import io.github.cofferdam.events.AuditException;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.StreamState;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a run has to give back: the audit log, a directory for temporary files, a control group, the
 * namespaces that it has in common with others, and the streams that it shares with this process,
 * as they were. Each comes in when it is there, so that at any time {@link #close} gives back what
 * there is by then.
 *
 * <p>Safe for use by several threads: the one that waits for the end, and the one that closes.
 */
final class RunResources implements AutoCloseable {
  private final Optional<PseudoTerminal> terminal;
  private final List<StreamState> streams = new ArrayList<>(3);
  private final List<NamespaceTemplate> templates = new ArrayList<>(1);
  private final List<Removable> removables = new ArrayList<>(2);

  /** Of which there is one, as soon as it is open. */
  private final List<AuditLog> logs = new ArrayList<>(1);

  /** Of which there is one, if anything is asked. */
  private final List<NetworkBroker> brokers = new ArrayList<>(1);

  /** What is to be gone afterwards. */
  private record Removable(String name, Closeable thing) {}

  RunResources(Optional<PseudoTerminal> terminal) {
    this.terminal = terminal;
  }

  /** The command's own terminal, which stays somebody else's. */
  Optional<PseudoTerminal> terminal() {
    return terminal;
  }

  synchronized void add(AuditLog log) {
    logs.add(log);
  }

  synchronized void add(PrivateTemp temp) {
    removables.add(new Removable("temporary directory", temp::close));
  }

  synchronized void add(LimitPlan limits) {
    removables.add(new Removable("control group", limits::close));
  }

  /** Takes over who answers while the command runs. */
  synchronized void add(NetworkBroker broker) {
    brokers.add(broker);
  }

  /** What the command has asked of the network so far; empty if nobody was asked. */
  synchronized Optional<NetworkUse> networkUse() {
    if (brokers.isEmpty()) {
      return Optional.empty();
    }
    NetworkCounts counts = brokers.getFirst().counts();
    return Optional.of(new NetworkUse(counts.allowed(), counts.refused(), counts.refusedTargets()));
  }

  /** {@return how many connections were refused since there were too many} */
  synchronized long refusedConnections() {
    return brokers.isEmpty() ? 0 : brokers.getFirst().refusedConnections();
  }

  /** Takes over what was acquired. */
  synchronized void add(NamespaceTemplate template) {
    templates.add(template);
  }

  /** Notes how those streams are that the command will share with this process. */
  synchronized void addStatesOf(StandardStreams shared) throws IOException {
    shared.addStates(streams);
  }

  /** The command is in its namespaces, or will never be. */
  synchronized void releaseTemplates() {
    templates.forEach(NamespaceTemplate::release);
    templates.clear();
  }

  /**
   * Whoever reads the terminal gets what is left, and then its end. What {@link StreamState} knows
   * of what the command shared with this process is as it was.
   */
  synchronized void endStreams() {
    terminal.ifPresent(PseudoTerminal::ended);
    streams.forEach(StreamState::restore);
    streams.clear();
  }

  /**
   * Logs why nothing was run, and gives everything back.
   *
   * @param last what closes the run, its resources with it
   */
  void abandon(List<String> argv, Exception cause, Closeable last) {
    endStreams();
    try {
      logNotRun(argv, cause);
    } catch (AuditException e) {
      cause.addSuppressed(e);
    }
    try {
      last.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private synchronized void logNotRun(List<String> argv, Exception cause) throws AuditException {
    for (AuditLog log : logs) {
      RunEvents.notRun(log, argv, cause);
    }
  }

  /** Gives back all but the streams. */
  @Override
  public synchronized void close() throws IOException {
    releaseTemplates();
    // Before the log, in which they write what they decide.
    brokers.forEach(NetworkBroker::close);
    try {
      for (Removable removable : removables) {
        remove(removable);
      }
    } finally {
      for (AuditLog log : logs) {
        log.close();
      }
    }
  }

  /** The outcome of the command is not changed by what it left behind. */
  private static void remove(Removable removable) {
    try {
      removable.thing().close();
    } catch (IOException e) {
      System.getLogger(RunResources.class.getName())
          .log(System.Logger.Level.WARNING, "cannot remove a run's " + removable.name(), e);
    }
  }
}
