package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
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

  private static final long STACK_SIZE = 128 * 1024;

  /** How soon a signal is seen; where many wait, later, so that looking fills no processor. */
  private static final int LOOK_MILLIS = 30;

  // Threads are made by those that need one, and so are as unconfined as the supervisor's.
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(named("cofferdam-broker-"));

  private static final ScheduledThreadPoolExecutor LOOKS = looks();

  private final Map<Long, Call> under = new HashMap<>();
  private long lastSend;
  private boolean closed;

  private static ThreadFactory named(String name) {
    return Thread.ofPlatform()
        .daemon()
        .stackSize(STACK_SIZE)
        .inheritInheritableThreadLocals(false)
        .name(name, 0)
        .factory();
  }

  private static ScheduledThreadPoolExecutor looks() {
    var looks = new ScheduledThreadPoolExecutor(1, named("cofferdam-signals-"));
    looks.setRemoveOnCancelPolicy(true);
    looks.setKeepAliveTime(10, TimeUnit.SECONDS);
    looks.allowCoreThreadTimeOut(true);
    return looks;
  }

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
   * @throws Asked.Failed EAGAIN if too many wait already
   */
  void connect(Asked asked, HostSocket socket, byte[] where) throws Asked.Failed, KernelException {
    begin(asked, socket, socket.identity(), one -> one.connect(where));
  }

  /**
   * Sends something, and answers with what came of it.
   *
   * @param socket closed in the end
   * @throws Asked.Failed EAGAIN if too many wait already
   */
  void send(Asked asked, HostSocket socket, ToLongFunction<HostSocket> send)
      throws Asked.Failed, KernelException {
    long key;
    synchronized (this) {
      // Inodes are not negative.
      key = --lastSend;
    }
    begin(asked, socket, key, send);
  }

  private void begin(Asked asked, HostSocket socket, long key, ToLongFunction<HostSocket> doing)
      throws Asked.Failed, KernelException {
    var call = new Call(socket);
    synchronized (this) {
      Call there = under.get(key);
      if (there != null) {
        there.askers.add(asked);
        socket.close();
        return;
      }
      if (under.size() >= MANY) {
        endForgotten();
      }
      if (under.size() >= MOST || closed) {
        socket.close();
        throw new Asked.Failed(Errno.EAGAIN);
      }
      call.askers.add(asked);
      under.put(key, call);
    }
    boolean begun = false;
    try {
      THREADS.execute(() -> run(key, call, doing));
      begun = true;
    } finally {
      if (!begun) {
        var _ = end(key, call);
        socket.close();
      }
    }
  }

  private void run(long key, Call call, ToLongFunction<HostSocket> doing) {
    synchronized (this) {
      int millis = Math.max(LOOK_MILLIS, under.size());
      call.looks =
          LOOKS.scheduleWithFixedDelay(() -> look(call), millis, millis, TimeUnit.MILLISECONDS);
    }
    long result = -Errno.EPERM.number();
    List<Asked> askers;
    try {
      result = doing.applyAsLong(call.socket);
    } finally {
      // First nobody can join it any more: another socket may then get its number.
      askers = end(key, call);
      call.socket.close();
    }
    for (Asked asked : askers) {
      answer(asked, result);
    }
  }

  private synchronized List<Asked> end(long key, Call call) {
    under.remove(key);
    if (call.looks != null) {
      call.looks.cancel(false);
    }
    return List.copyOf(call.askers);
  }

  private static void answer(Asked asked, long result) {
    try {
      asked.answer(result);
    } catch (IllegalStateException e) {
      // A signal was in the way just now.
    } catch (KernelException e) {
      log(asked, e);
    }
  }

  /** Lets those go who have a signal to see to. */
  private void look(Call call) {
    List<Asked> askers;
    synchronized (this) {
      askers = List.copyOf(call.askers);
    }
    for (Asked asked : askers) {
      if (Signals.pending(asked.notification().pid())) {
        synchronized (this) {
          call.askers.remove(asked);
        }
        try {
          var _ = asked.notification().answerInterrupted();
        } catch (IllegalStateException e) {
          // It was answered just now.
        } catch (KernelException e) {
          log(asked, e);
        }
      }
    }
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
