package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the ends of many commands with one thread, however many they are; see {@code epoll(7)}.
 * The thread is there while it has something to wait for, and for a minute after.
 *
 * <p>What {@code epoll_wait} fills in, {@code struct epoll_event} of linux/eventpoll.h; only on
 * x86_64 it is packed:
 *
 * <pre>
 *            0          4          8                   12         16
 *   x86_64   | events   | data: key of the watch       |
 *   others   | events   | padding  | data: key of the watch        |
 * </pre>
 */
final class EndWatch {
  private static final int EPOLL_CREATE1 = Syscall.number("epoll_create1");
  private static final int EPOLL_CTL = Syscall.number("epoll_ctl");
  private static final int EPOLL_PWAIT = Syscall.number("epoll_pwait");

  /** EPOLL_CTL_ADD, EPOLL_CTL_DEL and EPOLLIN of linux/eventpoll.h. */
  private static final int ADD = 1;

  private static final int DELETE = 2;
  private static final int READABLE = 1;

  private static final boolean PACKED = Arch.host() == Arch.X86_64;
  private static final int EVENT = PACKED ? 12 : 16;
  private static final int DATA = PACKED ? 4 : 8;
  private static final int AT_ONCE = 64;

  /**
   * How often supervisors are looked after that their commands can stop: as often as by one who
   * waits, but where there are many, a millisecond for each, so that this does not fill a
   * processor.
   */
  private static final int STOPPABLE_MILLIS = 50;

  /** How long one wait is otherwise: a watch that needs looking after may have come meanwhile. */
  private static final int MILLIS = 1000;

  private static final int IDLE_WAITS = 60;
  private static final long STACK_SIZE = 128 * 1024;

  /** Of the one thread; its lock guards everything in it. */
  private static final EndWatch SHARED = new EndWatch();

  private final Map<Long, Watch> watches = new HashMap<>();
  private long lastKey;

  /** Of those, the ones whose command can stop its supervisor. */
  private int stoppable;

  /** Open exactly while there is a thread. */
  private @Nullable Fd epoll;

  private EndWatch() {}

  /** Somebody who is to hear of an end; {@code end} is acquired. */
  private record Watch(Launched launched, Fd end, Executor executor, Runnable listener) {
    void tell() {
      try {
        executor.execute(listener);
      } catch (RuntimeException | Error e) {
        // An executor that was shut down must not keep others from hearing of their ends, nor one
        // that finds no more threads.
        System.getLogger(EndWatch.class.getName())
            .log(System.Logger.Level.WARNING, "nobody could be told that a command has ended", e);
      }
    }
  }

  /**
   * Has a listener run when a descriptor becomes readable.
   *
   * @param end acquired by the caller; released here, also if this fails
   */
  static void add(Launched launched, Fd end, Executor executor, Runnable listener)
      throws KernelException {
    SHARED.begin(new Watch(launched, end, executor, listener));
  }

  private synchronized void begin(Watch watch) throws KernelException {
    long key = ++lastKey;
    boolean begun = false;
    try {
      Fd waiting = epoll == null ? startThread() : epoll;
      add(waiting, watch.end(), key);
      watches.put(key, watch);
      stoppable += watch.launched().isStoppable() ? 1 : 0;
      begun = true;
    } finally {
      if (!begun) {
        watch.end().release();
      }
    }
  }

  private Fd startThread() throws KernelException {
    Fd made =
        Fd.owning(
            Syscall.call(EPOLL_CREATE1, Uapi.O_CLOEXEC()), "epoll_create1", "watch processes");
    try {
      Thread.ofPlatform()
          .daemon()
          .stackSize(STACK_SIZE)
          .inheritInheritableThreadLocals(false)
          .name("cofferdam-ends")
          .start(() -> watch(made));
    } catch (Error e) {
      // No more threads; who asked hears of it, and the next one tries again.
      made.close();
      throw e;
    }
    epoll = made;
    return made;
  }

  private void watch(Fd waiting) {
    try (waiting;
        Arena arena = Arena.ofConfined()) {
      try {
        watch(waiting, arena.allocate((long) AT_ONCE * EVENT, Long.BYTES));
      } finally {
        tellAll(waiting);
      }
    }
  }

  private void watch(Fd waiting, MemorySegment events) {
    int idle = 0;
    long lookedAfter = System.nanoTime();
    while (goesOn(idle)) {
      int millis = millis();
      long count =
          Syscall.call(
              EPOLL_PWAIT,
              waiting.number(),
              events.address(),
              AT_ONCE,
              millis,
              0,
              LaunchSequence.SIGNAL_SET);
      if (Syscall.isError(count) && count != -Errno.EINTR.number()) {
        throw new IllegalStateException("epoll_pwait: " + Errno.of((int) -count));
      }
      for (Watch watch : ended(waiting, events, (int) Math.max(0, count))) {
        watch.tell();
      }
      idle = count == 0 && isEmpty() ? idle + 1 : 0;
      if (System.nanoTime() - lookedAfter >= millis * 1_000_000L) {
        continueSupervisors();
        lookedAfter = System.nanoTime();
      }
    }
  }

  /** If the thread cannot go on, those who wait for an end will have to do that themselves. */
  private void tellAll(Fd waiting) {
    List<Watch> left = List.of();
    synchronized (this) {
      if (waiting.equals(epoll)) {
        epoll = null;
        stoppable = 0;
        left = new ArrayList<>(watches.values());
        watches.clear();
      }
    }
    for (Watch watch : left) {
      watch.end().release();
      watch.tell();
    }
  }

  /** Under the lock, so that nobody adds to a thread that is about to end. */
  private synchronized boolean goesOn(int idle) {
    if (idle < IDLE_WAITS || !watches.isEmpty()) {
      return true;
    }
    epoll = null;
    return false;
  }

  private synchronized int millis() {
    return stoppable == 0 ? MILLIS : Math.max(STOPPABLE_MILLIS, stoppable);
  }

  private synchronized boolean isEmpty() {
    return watches.isEmpty();
  }

  private synchronized List<Watch> ended(Fd waiting, MemorySegment events, int count) {
    var ended = new ArrayList<Watch>(count);
    for (int i = 0; i < count; i++) {
      long key = events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * EVENT + DATA);
      Watch watch = watches.remove(key);
      if (watch != null) {
        Syscall.call(EPOLL_CTL, waiting.number(), DELETE, watch.end().number(), 0);
        watch.end().release();
        stoppable -= watch.launched().isStoppable() ? 1 : 0;
        ended.add(watch);
      }
    }
    return ended;
  }

  private void continueSupervisors() {
    var left = new ArrayList<Launched>();
    synchronized (this) {
      for (Watch watch : watches.values()) {
        if (watch.launched().isStoppable()) {
          left.add(watch.launched());
        }
      }
    }
    for (Launched launched : left) {
      launched.continueSupervisor();
    }
  }

  private static void add(Fd epoll, Fd fd, long key) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(EVENT, Long.BYTES);
      event.set(ValueLayout.JAVA_INT, 0, READABLE);
      event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA, key);
      Syscall.check(
          Syscall.call(EPOLL_CTL, epoll.number(), ADD, fd.number(), event.address()),
          "epoll_ctl",
          "watch " + fd);
    }
  }
}
