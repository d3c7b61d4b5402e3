package io.github.cofferdam.broker;

import io.github.cofferdam.launcher.ThreadStarter;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that moves the datagrams and streams of all runs of this virtual machine: it waits
 * for none of them, so none delays another. It is there while somebody {@linkplain #join uses} it,
 * and for a minute after; like the watch of the launcher, it is not behind the Landlock domains and
 * filters of whoever needed it first.
 *
 * <p>What is called here is called by the thread itself, but for {@link #join}, {@link #call} and
 * {@link #leave}.
 */
final class SelectorThread {
  /** Is called when a channel is ready for something. */
  interface Handler {
    /** Does what can be done without waiting. */
    void ready(SelectionKey key);
  }

  /** Something that is done at a time, unless it is cancelled before. */
  static final class Timer {
    private final SelectorThread thread;
    private final long at;
    private final long number;
    private final Runnable task;

    private Timer(SelectorThread thread, long at, long number, Runnable task) {
      this.thread = thread;
      this.at = at;
      this.number = number;
      this.task = task;
    }

    void cancel() {
      thread.timers.remove(this);
    }
  }

  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long STACK_SIZE = 256 * 1024;
  private static final Object LOCK = new Object();

  /** The one that is there; guarded by {@link #LOCK}, as its users and tasks are. */
  private static @Nullable SelectorThread current;

  private final Selector selector;
  private final Queue<FutureTask<?>> tasks = new ArrayDeque<>();
  private final TreeSet<Timer> timers =
      new TreeSet<>(
          Comparator.<Timer>comparingLong(timer -> timer.at)
              .thenComparingLong(timer -> timer.number));

  /** Nanoseconds are compared by their distance from here, since they may have any sign. */
  private final long start = System.nanoTime();

  private final UpstreamTurns turns = new UpstreamTurns();
  private @Nullable Thread thread;
  private long lastTimer;
  private int users;
  private long unusedSince;
  private boolean ended;

  private SelectorThread(Selector selector) {
    this.selector = selector;
  }

  /**
   * {@return the thread, which is there until the caller {@linkplain #leave leaves} it}
   *
   * @throws IOException if there are no more descriptors
   */
  static SelectorThread join() throws IOException {
    synchronized (LOCK) {
      SelectorThread joined = current;
      if (joined == null) {
        joined = started();
        current = joined;
      }
      joined.users++;
      return joined;
    }
  }

  private static SelectorThread started() throws IOException {
    var made = new SelectorThread(Selector.open());
    boolean started = false;
    try {
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .stackSize(STACK_SIZE)
              .inheritInheritableThreadLocals(false)
              .name("cofferdam-names")
              .unstarted(made::run);
      made.thread = thread;
      ThreadStarter.run(thread::start);
      started = true;
    } finally {
      if (!started) {
        made.selector.close();
      }
    }
    return made;
  }

  /** Says that the caller needs it no more. */
  void leave() {
    synchronized (LOCK) {
      users--;
      unusedSince = System.nanoTime();
    }
    selector.wakeup();
  }

  /**
   * Has the thread do something, and waits for it, which interrupts do not end.
   *
   * @throws IOException what that throws; or that the thread has ended, and all its channels with
   *     it
   */
  <T> T call(Callable<T> work) throws IOException {
    var task = new FutureTask<>(work);
    if (Thread.currentThread().equals(thread)) {
      task.run();
    } else {
      synchronized (LOCK) {
        if (ended) {
          task.cancel(false);
        } else {
          tasks.add(task);
        }
      }
      selector.wakeup();
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (CancellationException e) {
      throw new IOException("the thread that resolves names has ended", e);
    } catch (ExecutionException e) {
      throw thrown(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException thrown(ExecutionException e) {
    return switch (e.getCause()) {
      case Error error -> throw error;
      case RuntimeException cause -> throw cause;
      case IOException cause -> new IOException(cause.getMessage(), cause);
      case null, default -> new IOException(e.getCause());
    };
  }

  /**
   * Waits until the kernel has back what was closed before: as long as a channel is registered, its
   * descriptor stays open, and its port taken.
   *
   * @throws IOException if the thread has ended
   */
  void awaitClosed() throws IOException {
    call(() -> true);
  }

  /**
   * Has something called whenever a channel, which does not block, is ready.
   *
   * @throws IOException if it was closed
   */
  SelectionKey register(SelectableChannel channel, int operations, Handler handler)
      throws IOException {
    return channel.register(selector, operations, handler);
  }

  /** {@return how many questions may be under way at once} */
  UpstreamTurns turns() {
    return turns;
  }

  /** Has something done after a while. */
  Timer after(long nanos, Runnable task) {
    var timer = new Timer(this, System.nanoTime() - start + nanos, ++lastTimer, task);
    timers.add(timer);
    return timer;
  }

  private void run() {
    try {
      while (goesOn()) {
        selector.select(this::ready, Math.max(1, millis()));
        doTasks();
        doTimers();
      }
    } catch (IOException e) {
      log("names are resolved no more", e);
    } finally {
      end();
    }
  }

  private void ready(SelectionKey key) {
    Handler handler = (Handler) key.attachment();
    guarded(() -> {
      if (key.isValid()) {
        handler.ready(key);
      }
    });
  }

  /** What goes wrong for one must not end the names of others. */
  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log("a name could not be resolved", e);
    }
  }

  private static void log(String what, Throwable e) {
    System.getLogger(SelectorThread.class.getName()).log(Level.WARNING, what, e);
  }

  /** Not those that come meanwhile: between them, the selector lets go of what was closed. */
  private void doTasks() {
    List<FutureTask<?>> there;
    synchronized (LOCK) {
      there = List.copyOf(tasks);
      tasks.clear();
    }
    there.forEach(FutureTask::run);
  }

  private void doTimers() {
    long now = System.nanoTime() - start;
    while (!timers.isEmpty() && timers.first().at <= now) {
      Timer due = timers.pollFirst();
      if (due != null) {
        guarded(due.task);
      }
    }
  }

  /** Until the next timer, or until nobody has needed it for long enough. */
  private long millis() {
    long nanos = IDLE_NANOS;
    if (!timers.isEmpty()) {
      nanos = Math.min(nanos, timers.first().at - (System.nanoTime() - start));
    }
    // Rounded up, so that it is due then.
    return Math.ceilDiv(nanos, TimeUnit.MILLISECONDS.toNanos(1));
  }

  /** Under the lock, so that nobody joins a thread that is about to end. */
  private boolean goesOn() {
    synchronized (LOCK) {
      boolean idle = users == 0 && System.nanoTime() - unusedSince >= IDLE_NANOS;
      if (idle && tasks.isEmpty()) {
        markEnded();
      }
      return !ended;
    }
  }

  private void markEnded() {
    ended = true;
    if (equals(current)) {
      current = null;
    }
  }

  /** Whoever waits hears of it, and nothing stays open. */
  private void end() {
    synchronized (LOCK) {
      markEnded();
      for (FutureTask<?> task = tasks.poll(); task != null; task = tasks.poll()) {
        task.cancel(false);
      }
    }
    try {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      log("what resolved names could not be closed", e);
    }
  }
}
