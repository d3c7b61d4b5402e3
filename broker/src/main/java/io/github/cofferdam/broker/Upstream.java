package io.github.cofferdam.broker;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Asks the servers of one run. At most 32 questions are under way, 256 of all runs; up to 1,024
 * more wait for their turn, for as long as a client would wait. Used by the one thread of {@link
 * SelectorThread}.
 */
final class Upstream implements AutoCloseable {
  private static final int MOST = 32;
  private static final int MOST_WAITING = 1024;

  /** The C library's clients give up after two times five seconds. */
  private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(10);

  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * What has not been asked yet.
   *
   * @param since when it came, by {@link System#nanoTime}
   */
  private record Waiting(
      DnsQuestion question, long since, Consumer<Optional<DnsAnswer>> listener) {}

  private final SelectorThread thread;
  private final UpstreamServers servers;
  private final UpstreamTurns turns;
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private final Set<UpstreamQuery> underWay = new HashSet<>();
  private boolean asking;
  private boolean closed;

  Upstream(SelectorThread thread, UpstreamServers servers) {
    this.thread = thread;
    this.servers = servers;
    this.turns = thread.turns();
  }

  /**
   * Asks for addresses.
   *
   * @param listener gets the answer: that there is such a name, or none; empty if no server says
   *     so. Is called once, perhaps at once; never after {@link #close}
   */
  void ask(DnsQuestion question, Consumer<Optional<DnsAnswer>> listener) {
    if (waiting.size() == MOST_WAITING) {
      listener.accept(Optional.empty());
      return;
    }
    waiting.add(new Waiting(question, System.nanoTime(), listener));
    askNext();
  }

  /** Asks as many of those that wait as may be asked now. */
  void askNext() {
    // What fails at once ends here again: not a level deeper for each that waits.
    if (asking) {
      return;
    }
    asking = true;
    try {
      askAll();
    } finally {
      asking = false;
    }
  }

  private void askAll() {
    while (!closed && underWay.size() < MOST && !waiting.isEmpty()) {
      Waiting next = waiting.element();
      if (System.nanoTime() - next.since() > LONGEST_WAIT) {
        waiting.remove();
        next.listener().accept(Optional.empty());
        continue;
      }
      if (!turns.take(this)) {
        return;
      }
      waiting.remove();
      begin(next);
    }
  }

  private void begin(Waiting asked) {
    var query = new UpstreamQuery(thread, servers, RANDOM, asked.question());
    underWay.add(query);
    query.begin(answer -> {
      underWay.remove(query);
      turns.giveBack();
      asked.listener().accept(answer);
      askNext();
    });
  }

  /** Asks no more; those that wait for an answer hear of none. */
  @Override
  public void close() {
    closed = true;
    waiting.clear();
    turns.forget(this);
    for (UpstreamQuery query : new ArrayList<>(underWay)) {
      query.close();
      underWay.remove(query);
      turns.giveBack();
    }
  }
}
