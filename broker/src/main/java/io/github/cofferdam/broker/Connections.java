package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.policy.TreeLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Keeps a run to so many TCP connections at once. A socket counts from its connect until it is
 * closed everywhere, or its connection has ended; nobody tells when that is, so it is looked up
 * when there seems to be no room. Those that a command accepts do not count.
 *
 * <p>Safe for use by several threads. It may have to read what the whole network namespace has, so
 * it is for threads that nobody else waits for.
 */
final class Connections {
  private final long most;

  /** Being connected at this moment, by their inodes; and whether they counted before. */
  private final Map<Long, Boolean> under = new HashMap<>();

  /** That were connected. */
  private final Set<Long> made = new HashSet<>();

  private long refused;

  /**
   * @param most at least 1
   */
  Connections(long most) {
    this.most = most;
  }

  /**
   * Takes a place for a socket that is to be connected; {@link #connected} has to follow.
   *
   * @param socket what {@link HostSocket#identity} says
   * @param allowed what is decided if there is one
   * @return that, or that there is none
   */
  synchronized Verdict take(long socket, Verdict allowed) {
    if (made.remove(socket)) {
      // A connection that goes on, or one that was dissolved: it is one as before.
      under.put(socket, true);
      return allowed;
    }
    if (isFull()) {
      forgetEnded();
    }
    if (isFull()) {
      refused++;
      return Verdict.deny("limits." + TreeLimit.CONNECTIONS.key() + " = " + most);
    }
    under.put(socket, false);
    return allowed;
  }

  /**
   * Says what came of it.
   *
   * @param result of connect; what was not taken may be told as well
   */
  synchronized void connected(long socket, long result) {
    Boolean counted = under.remove(socket);
    if (counted != null && (counted || isBegun(result))) {
      made.add(socket);
    }
  }

  private static boolean isBegun(long result) {
    return result == 0
        || result == -Errno.EINPROGRESS.number()
        || result == -Errno.EALREADY.number();
  }

  private boolean isFull() {
    return under.size() + made.size() >= most;
  }

  /** The kernel may leave one out that is there when others go meanwhile: so it is asked twice. */
  private void forgetEnded() {
    try {
      Set<Long> there = TcpSockets.inodes();
      if (!there.containsAll(made)) {
        there.addAll(TcpSockets.inodes());
        made.retainAll(there);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("nobody knows which connections have ended", e);
    }
  }

  /** {@return how often there was no room} */
  synchronized long refused() {
    return refused;
  }
}
