package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Fd;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Closes sockets of programs, which may wait: whoever is the last to close a stream waits until all
 * was sent if the program wants that (SO_LINGER), and a program can make that this process. So
 * threads do it that nobody waits for, and no more than some of them wait: with a program that
 * leaves this process a thread for each of its sockets, all runs would end.
 */
final class ClosingSockets {
  /** At once, of all runs. What is closed when so many are under way does not wait. */
  static final int MOST = 64;

  private static final AtomicInteger UNDER_WAY = new AtomicInteger();

  private ClosingSockets() {}

  /** {@return how many are being closed} */
  static int underWay() {
    return UNDER_WAY.get();
  }

  /** Closes a stream, by a thread of its own. */
  static void closeElsewhere(HostSocket stream) {
    boolean handedOn = false;
    try {
      BrokerThreads.workers().execute(() -> closeHere(stream));
      handedOn = true;
    } finally {
      if (!handedOn) {
        // There are no more threads, and this one has others to answer.
        stream.lingerNot();
        stream.fd().close();
      }
    }
  }

  /** Closes a socket, and waits if there is anything to wait for, and room for that. */
  static void closeHere(HostSocket socket) {
    Fd fd = socket.fd();
    try {
      if (UNDER_WAY.incrementAndGet() > MOST) {
        socket.lingerNot();
      }
    } finally {
      fd.close();
      UNDER_WAY.decrementAndGet();
    }
  }
}
