package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one run that may wait, each with a thread of its own, so that a slow host delays nobody
 * else. They end when the run ends.
 *
 * <p>A signal takes a program out of its call, as always, and its connection goes on meanwhile, as
 * always: when the program connects the same socket again, it waits for that one.
 */
final class Waiting implements AutoCloseable {
  /** Of one run; each has a descriptor and a thread here. */
  private static final int MOST = 2048;

  /** From here on none goes on that nobody waits for. */
  private static final int MANY = 256;

  /** How soon a signal is seen; where many wait, later, so that looking fills no processor. */
  private static final int LOOK_MILLIS = 30;

  /** What is to be sent looks by itself, for the end of the run as well. */
  private static final int LONGEST_LOOK_MILLIS = 500;

  /** Of what waits to be sent, in bytes: from here on streams wait with little of it. */
  private static final int MUCH = 8 << 20;

  /** And from here on nothing more waits: it is this process's memory. */
  private static final int TOO_MUCH = 32 << 20;

  private final Map<Long, Call> under = new HashMap<>();
  private int sends;
  private long held;
  private boolean closed;

  /** One call, and those who wait for it. */
  private static final class Call {
    private final HostSocket socket;
    private final List<Asked> askers = new ArrayList<>(1);
    private @Nullable Future<?> looks;

    Call(HostSocket socket) {
      this.socket = socket;
    }
  }

  /**
   * Connects a socket, or waits for its connection that is under way, and answers with what came of
   * it.
   *
   * @param socket closed in the end
   * @throws Asked.Failed EALREADY if its connection is under way and the program does not want to
   *     wait for it, EAGAIN if too many wait already
   */
  void connect(Asked asked, HostSocket socket, ToLongFunction<HostSocket> connect)
      throws Asked.Failed, KernelException {
    long key = socket.identity();
    var call = new Call(socket);
    synchronized (this) {
      Call there = under.get(key);
      if (there != null) {
        if (!socket.blocks()) {
          throw new Asked.Failed(Errno.EALREADY);
        }
        there.askers.add(asked);
        socket.close();
        return;
      }
      if (under.size() >= MANY) {
        endForgotten();
      }
      requireRoom();
      call.askers.add(asked);
      under.put(key, call);
    }
    boolean begun = false;
    try {
      BrokerThreads.workers().execute(() -> run(key, call, connect));
      begun = true;
    } finally {
      if (!begun) {
        var _ = end(key, call);
      }
    }
  }

  private void run(long key, Call call, ToLongFunction<HostSocket> connect) {
    long result = -Errno.EPERM.number();
    try {
      watch(call);
      result = connect.applyAsLong(call.socket);
    } finally {
      // First nobody can join it any more: another socket may then get its number.
      List<Asked> askers = end(key, call);
      call.socket.closeHere();
      for (Asked asked : askers) {
        answer(asked, result);
      }
    }
  }

  private synchronized void watch(Call call) {
    int millis = Math.max(LOOK_MILLIS, under.size());
    call.looks =
        BrokerThreads.looking()
            .scheduleWithFixedDelay(() -> look(call), millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Sends something as soon as there is room, and answers with what came of it.
   *
   * @param parcel closed in the end
   * @throws Asked.Failed EAGAIN if too many wait already
   */
  void send(Asked asked, Parcel parcel) throws Asked.Failed {
    Parcel kept = admit(parcel);
    boolean begun = false;
    try {
      BrokerThreads.workers().execute(() -> deliver(asked, kept));
      begun = true;
    } finally {
      if (!begun) {
        sent(kept);
      }
    }
  }

  /** {@return what there is room for} It has the socket of the whole. */
  synchronized Parcel admit(Parcel parcel) throws Asked.Failed {
    requireRoom();
    Parcel kept = held >= MUCH ? parcel.shortened() : parcel;
    if (held + kept.size() > TOO_MUCH) {
      throw new Asked.Failed(Errno.EAGAIN);
    }
    sends++;
    held += kept.size();
    return kept;
  }

  private void deliver(Asked asked, Parcel parcel) {
    try {
      new BlockedSend(asked, parcel).deliver(this::isClosed, this::lookMillis);
    } catch (KernelException e) {
      log(asked, e);
    } finally {
      sent(parcel);
    }
  }

  private synchronized void sent(Parcel parcel) {
    sends--;
    held -= parcel.size();
  }

  private synchronized int lookMillis() {
    return Math.clamp(sends, LOOK_MILLIS, LONGEST_LOOK_MILLIS);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void requireRoom() throws Asked.Failed {
    if (under.size() + sends >= MOST || closed) {
      throw new Asked.Failed(Errno.EAGAIN);
    }
  }

  /** {@return those who wait for it}, whom nobody else answers from now on. */
  private synchronized List<Asked> end(long key, Call call) {
    under.remove(key);
    if (call.looks != null) {
      call.looks.cancel(false);
    }
    List<Asked> askers = List.copyOf(call.askers);
    call.askers.clear();
    return askers;
  }

  /** Answers from another thread than the one that was asked. */
  static void answer(Asked asked, long result) {
    try {
      asked.answer(result);
    } catch (KernelException e) {
      log(asked, e);
    }
  }

  /** Lets those go who have a signal to see to, and all when the run has ended. */
  private void look(Call call) {
    List<Asked> askers;
    synchronized (this) {
      if (closed) {
        // When that was done before, the connection may not have begun yet.
        call.socket.shutDown();
      }
      askers = List.copyOf(call.askers);
    }
    for (Asked asked : askers) {
      if (Signals.pending(asked.notification().pid()) && leaves(call, asked)) {
        try {
          asked.interrupt(call.socket.sendTimeout() > 0);
        } catch (KernelException e) {
          log(asked, e);
        }
      }
    }
  }

  private synchronized boolean leaves(Call call, Asked asked) {
    return call.askers.remove(asked);
  }

  /** The listener does not work any more, and its targets have ENOSYS by then. */
  private static void log(Asked asked, KernelException e) {
    System.getLogger(Waiting.class.getName())
        .log(System.Logger.Level.WARNING, "cannot answer " + asked.notification(), e);
  }

  /** Their programs are gone, or have looked away: what they began would take up all room. */
  private void endForgotten() throws KernelException {
    for (Call call : under.values()) {
      boolean wanted = false;
      for (Asked asked : call.askers) {
        wanted |= !asked.notification().answered() && asked.notification().valid();
      }
      if (!wanted) {
        call.socket.shutDown();
      }
    }
  }

  /** Ends them all: what they wait for fails. */
  @Override
  public synchronized void close() {
    closed = true;
    under.values().forEach(call -> call.socket.shutDown());
  }
}
