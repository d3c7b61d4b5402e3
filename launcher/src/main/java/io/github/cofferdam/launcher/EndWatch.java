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
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the ends of many commands with one thread, however many they are; see {@code epoll(7)}.
 * An end that does not come in time after its deadline counts as one: who waits for it brings it
 * about. The thread is there while it has something to wait for, and for a minute after.
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
  private static final int TIMERFD_CREATE = Syscall.number("timerfd_create");
  private static final int TIMERFD_SETTIME = Syscall.number("timerfd_settime");

  /** The clock of {@link System#nanoTime}, linux/time.h. */
  private static final int CLOCK_MONOTONIC = 1;

  /** The timer's key; watches begin with 1. */
  private static final long TIMER = 0;

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

  /** Expires when a watch is due; open as long as {@link #epoll}. */
  private @Nullable Fd timer;

  /** When that is, by {@link System#nanoTime}. */
  private long timerExpires;

  private boolean timerRuns;

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

  /** Says that a command, which may be watched, is due earlier than it was. */
  static void changed(Launched launched) throws KernelException {
    synchronized (SHARED) {
      if (!SHARED.watches.isEmpty()) {
        SHARED.expireIn(launched.nanosUntilDue());
      }
    }
  }

  private synchronized void begin(Watch watch) throws KernelException {
    long key = ++lastKey;
    boolean begun = false;
    try {
      Fd waiting = epoll == null ? startThread() : epoll;
      add(waiting, watch.end(), key);
      watches.put(key, watch);
      expireIn(watch.launched().nanosUntilDue());
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
    @Nullable Fd clock = null;
    boolean started = false;
    try {
      clock =
          Fd.owning(
              Syscall.call(TIMERFD_CREATE, CLOCK_MONOTONIC, Uapi.O_CLOEXEC()),
              "timerfd_create",
              "watch deadlines");
      add(made, clock, TIMER);
      Fd expires = clock;
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .stackSize(STACK_SIZE)
              .inheritInheritableThreadLocals(false)
              .name("cofferdam-ends")
              .unstarted(() -> watch(made, expires));
      ThreadStarter.run(thread::start);
      started = true;
    } finally {
      // No more threads or descriptors; who asked hears of it, and the next one tries again.
      if (!started) {
        made.close();
        if (clock != null) {
          clock.close();
        }
      }
    }
    epoll = made;
    timer = clock;
    timerRuns = false;
    return made;
  }

  /** Has the thread look for what is due, if it would not do so before. */
  private void expireIn(long nanos) throws KernelException {
    Fd clock = timer;
    if (clock == null || nanos == Long.MAX_VALUE) {
      return;
    }
    long at = System.nanoTime() + nanos;
    if (timerRuns && timerExpires - at <= 0) {
      return;
    }
    setTimer(clock, Math.max(1, nanos));
    timerExpires = at;
    timerRuns = true;
  }

  /** 0 is never. What has expired before is forgotten. */
  private static void setTimer(Fd clock, long nanos) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      // struct itimerspec: | interval sec, nsec | value sec, nsec |, 64 bits each
      MemorySegment time = arena.allocate(32, Long.BYTES);
      time.set(ValueLayout.JAVA_LONG, 16, nanos / 1_000_000_000);
      time.set(ValueLayout.JAVA_LONG, 24, nanos % 1_000_000_000);
      Syscall.check(
          Syscall.call(TIMERFD_SETTIME, clock.number(), 0, time.address(), 0),
          "timerfd_settime",
          "watch deadlines");
    }
  }

  private void watch(Fd waiting, Fd clock) {
    try (waiting;
        clock;
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
        timer = null;
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
    timer = null;
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
      if (key == TIMER) {
        ended.addAll(overdue(waiting));
      } else {
        remove(waiting, key).ifPresent(ended::add);
      }
    }
    return ended;
  }

  /** Those whose end has to be brought about by who waits for it. */
  private List<Watch> overdue(Fd waiting) {
    var overdue = new ArrayList<Watch>();
    long next = Long.MAX_VALUE;
    for (Map.Entry<Long, Watch> entry : List.copyOf(watches.entrySet())) {
      long left = entry.getValue().launched().nanosUntilDue();
      if (left == 0) {
        remove(waiting, entry.getKey()).ifPresent(overdue::add);
      } else {
        next = Math.min(next, left);
      }
    }
    timerRuns = false;
    try {
      if (timer != null) {
        setTimer(timer, 0);
      }
      expireIn(next);
    } catch (KernelException e) {
      throw new IllegalStateException(e);
    }
    return overdue;
  }

  private Optional<Watch> remove(Fd waiting, long key) {
    Watch watch = watches.remove(key);
    if (watch != null) {
      Syscall.call(EPOLL_CTL, waiting.number(), DELETE, watch.end().number(), 0);
      watch.end().release();
      stoppable -= watch.launched().isStoppable() ? 1 : 0;
    }
    return Optional.ofNullable(watch);
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
