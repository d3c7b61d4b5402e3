package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.ToLongFunction;

/**
 * Calls of one run that may wait, each with a thread of its own, so that a slow host delays nobody
 * else. They end when the run ends.
 *
 * <p>A program that a signal takes out of its call has its connection go on, as always, and finds
 * it under way when it calls again. So a thread outlasts the call that it serves; only where many
 * do, those are ended that nobody waits for: their programs are gone, or have long looked away.
 */
final class Waiting implements AutoCloseable {
  /** Of one run; each has a descriptor and a thread here. */
  private static final int MOST = 2048;

  /** From here on nobody is waited for in vain. */
  private static final int MANY = 256;

  private static final long STACK_SIZE = 128 * 1024;

  /** Threads are made by those that need one, and so are as unconfined as the supervisor's. */
  private static final Executor THREADS =
      Executors.newCachedThreadPool(
          Thread.ofPlatform()
              .daemon()
              .stackSize(STACK_SIZE)
              .inheritInheritableThreadLocals(false)
              .name("cofferdam-broker-", 0)
              .factory());

  private final Map<HostSocket, Asked> under = new ConcurrentHashMap<>();
  private final Executor threads;
  private volatile boolean closed;

  Waiting() {
    this(THREADS);
  }

  Waiting(Executor threads) {
    this.threads = threads;
  }

  /**
   * Does something to a socket and answers with what came of it.
   *
   * @param socket closed in the end
   * @throws Asked.Failed EAGAIN if too many wait already
   */
  void answer(Asked asked, HostSocket socket, ToLongFunction<HostSocket> call)
      throws Asked.Failed, KernelException {
    if (under.size() >= MANY) {
      endForgotten();
    }
    if (under.size() >= MOST || closed) {
      socket.close();
      throw new Asked.Failed(Errno.EAGAIN);
    }
    under.put(socket, asked);
    boolean begun = false;
    try {
      threads.execute(() -> run(asked, socket, call));
      begun = true;
    } finally {
      if (!begun) {
        under.remove(socket);
        socket.close();
      }
    }
    if (closed) {
      socket.shutDown();
    }
  }

  private void run(Asked asked, HostSocket socket, ToLongFunction<HostSocket> call) {
    long result;
    try (socket) {
      result = call.applyAsLong(socket);
    } finally {
      under.remove(socket);
    }
    try {
      asked.answer(result);
    } catch (KernelException e) {
      // The listener does not work any more, and its targets have ENOSYS by then.
      System.getLogger(Waiting.class.getName())
          .log(System.Logger.Level.WARNING, "cannot answer " + asked.notification(), e);
    }
  }

  private void endForgotten() throws KernelException {
    for (Map.Entry<HostSocket, Asked> each : under.entrySet()) {
      if (!each.getValue().notification().valid()) {
        each.getKey().shutDown();
      }
    }
  }

  /** Ends them all: what they wait for fails. */
  @Override
  public void close() {
    closed = true;
    under.keySet().forEach(HostSocket::shutDown);
  }
}
