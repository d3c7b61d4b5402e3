package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the descriptors of everybody in this process with one thread, however many they are.
 * The thread is there while it has something to wait for, and for a minute after. It is started
 * when it is needed; not with the Landlock domains and filters of the thread that asks then, if
 * Cofferdam put that behind them: see {@link ThreadStarter}.
 *
 * {@snippet :
 * DescriptorWatch.add(socket, "a worker has answered", Thread::startVirtualThread, this::read);
 * }
 *
 * <p>What {@code epoll_wait} fills in, {@code struct epoll_event} of linux/eventpoll.h; only on
 * x86_64 it is packed:
 *
 * <pre>
 *            0          4          8                   12         16
 *   x86_64   | events   | data: key of the watch       |
 *   others   | events   | padding  | data: key of the watch        |
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>
 */
public final class DescriptorWatch {
  private static final int EPOLL_CREATE1 = Syscall.number("epoll_create1");
  private static final int EPOLL_CTL = Syscall.number("epoll_ctl");
  private static final int EPOLL_PWAIT = Syscall.number("epoll_pwait");
  private static final int TIMERFD_CREATE = Syscall.number("timerfd_create");
  private static final int TIMERFD_SETTIME = Syscall.number("timerfd_settime");

  /** The clock of {@link System#nanoTime}, linux/time.h. */
  private static final int CLOCK_MONOTONIC = 1;

  /** The timer's key; watches begin with 1. */
  private static final long TIMER = 0;

  /** EPOLL_CTL_ADD and EPOLL_CTL_DEL of linux/eventpoll.h; its events are those of poll(2). */
  private static final int ADD = 1;

  private static final int DELETE = 2;

  private static final boolean PACKED = Arch.host() == Arch.X86_64;
  private static final int EVENT = PACKED ? 12 : 16;
  private static final int DATA = PACKED ? 4 : 8;
  private static final int AT_ONCE = 64;

  /**
   * How often what needs it is looked after: but where there is much, a millisecond for each, so
   * that this does not fill a processor.
   */
  private static final int LOOK_MILLIS = 50;

  /** How long one wait is otherwise: a watch that needs looking after may have come meanwhile. */
  private static final int MILLIS = 1000;

  private static final int IDLE_WAITS = 60;
  private static final long STACK_SIZE = 128 * 1024;

  /** Of the one thread; its lock guards everything in it. */
  private static final DescriptorWatch SHARED = new DescriptorWatch();

  private final Map<Long, Watch> watches = new HashMap<>();
  private final IdentityHashMap<Fd, Long> keys = new IdentityHashMap<>();
  private long lastKey;

  /** How many of those need looking after. */
  private int lookedAfter;

  /** Open exactly while there is a thread. */
  private @Nullable Fd epoll;

  /** Expires when a watch is due; open as long as {@link #epoll}. */
  private @Nullable Fd timer;

  /** When that is, by {@link System#nanoTime}. */
  private long timerExpires;

  private boolean timerRuns;

  private DescriptorWatch() {}

  /** What has to be done for a watch besides waiting for its descriptor. */
  interface Upkeep {
    /** For nothing but the descriptor. */
    Upkeep NONE =
        new Upkeep() {
          @Override
          public long nanosUntilDue() {
            return Long.MAX_VALUE;
          }

          @Override
          public boolean needsLookingAfter() {
            return false;
          }

          @Override
          public void lookAfter() {}
        };

    /**
     * {@return how long it is until the listener is run although nothing can be read; {@link
     * Long#MAX_VALUE} for ever} Called with a lock held: must not wait for another one.
     */
    long nanosUntilDue();

    /** {@return whether {@link #lookAfter} is wanted}; never changes. */
    boolean needsLookingAfter();

    /** Called several times in a second, by the thread that watches: must not take long. */
    void lookAfter();
  }

  /** Somebody who is to hear of a descriptor; {@code fd} is acquired. */
  private record Watch(
      Fd fd, int events, String event, Executor executor, Runnable listener, Upkeep upkeep) {
    void tell() {
      try {
        executor.execute(listener);
      } catch (RuntimeException | Error e) {
        // An executor that was shut down must not keep others from hearing of their descriptors,
        // nor one that finds no more threads.
        System.getLogger(DescriptorWatch.class.getName())
            .log(System.Logger.Level.WARNING, "nobody could be told that " + event, e);
      }
    }
  }

  /**
   * Has a listener run, once, when something can be read from a descriptor, its other end is closed
   * or it has an error. Whoever wants to hear more of it adds it again. Until then, {@link
   * Fd#close} does not give its number back to the kernel.
   *
   * @param event what has happened then, in words that follow "that": {@code "a command has ended"}
   * @param executor runs the listener: not in the thread that calls it, since the one that watches
   *     has no time for it. What it refuses is logged and lost
   * @return whether it will be run; not if this process has closed the descriptor
   * @throws KernelException EEXIST if somebody watches the descriptor already; EPERM if it is that
   *     of a file or directory; EMFILE, ENFILE, ENOMEM or ENOSPC if there are no more descriptors,
   *     memory or watches, see epoll_ctl(2)
   */
  public static boolean add(Fd fd, String event, Executor executor, Runnable listener)
      throws KernelException {
    return add(fd, event, executor, listener, Upkeep.NONE);
  }

  /** As {@link #add(Fd, String, Executor, Runnable)}, with what has to be done until then. */
  static boolean add(Fd fd, String event, Executor executor, Runnable listener, Upkeep upkeep)
      throws KernelException {
    return begin(new Watch(fd, Uapi.POLLIN(), event, executor, listener, upkeep));
  }

  /**
   * Has a waiting thread go on when something has happened.
   *
   * @param events as those of {@link Poll.Wanted}
   * @param wake does no more than that, since it is run by the thread that watches
   * @return as {@link #add(Fd, String, Executor, Runnable)}
   */
  static boolean add(Fd fd, int events, Runnable wake) throws KernelException {
    return begin(new Watch(fd, events, "a thread can go on", Runnable::run, wake, Upkeep.NONE));
  }

  private static boolean begin(Watch watch) throws KernelException {
    if (!watch.fd().acquire()) {
      return false;
    }
    SHARED.start(watch);
    return true;
  }

  /**
   * Takes a watch back: its listener is not run any more, and the number of the descriptor goes
   * back to the kernel as soon as {@link Fd#close} is called, or now if it was called before.
   *
   * @param fd as it was added: not another one for the same file
   * @return whether it was watched; if not, it never was, or its listener has been run, or is about
   *     to be
   */
  public static boolean remove(Fd fd) {
    return SHARED.end(fd);
  }

  /** Says that something which may be watched is due earlier than it was. */
  static void dueIn(long nanos) throws KernelException {
    synchronized (SHARED) {
      if (!SHARED.watches.isEmpty()) {
        SHARED.expireIn(nanos);
      }
    }
  }

  private synchronized void start(Watch watch) throws KernelException {
    long key = ++lastKey;
    boolean begun = false;
    boolean added = false;
    try {
      Fd waiting = epoll == null ? startThread() : epoll;
      add(waiting, watch.fd(), watch.events(), key);
      added = true;
      watches.put(key, watch);
      keys.put(watch.fd(), key);
      expireIn(watch.upkeep().nanosUntilDue());
      lookedAfter += watch.upkeep().needsLookingAfter() ? 1 : 0;
      begun = true;
    } finally {
      if (!begun) {
        // Whoever finds it later would release it a second time.
        watches.remove(key);
        Fd waiting = epoll;
        if (added && waiting != null) {
          keys.remove(watch.fd());
          Syscall.call(EPOLL_CTL, waiting.number(), DELETE, watch.fd().number(), 0);
        }
        watch.fd().release();
      }
    }
  }

  private synchronized boolean end(Fd fd) {
    Fd waiting = epoll;
    if (waiting == null) {
      return false;
    }
    Long key = keys.get(fd);
    // What the kernel has told of it already has its key, with which nothing is found then.
    return key != null && remove(waiting, key).isPresent();
  }

  private Fd startThread() throws KernelException {
    Fd made =
        Fd.owning(
            Syscall.call(EPOLL_CREATE1, Uapi.O_CLOEXEC()), "epoll_create1", "watch descriptors");
    @Nullable Fd clock = null;
    boolean started = false;
    try {
      clock =
          Fd.owning(
              Syscall.call(TIMERFD_CREATE, CLOCK_MONOTONIC, Uapi.O_CLOEXEC()),
              "timerfd_create",
              "watch deadlines");
      add(made, clock, Uapi.POLLIN(), TIMER);
      Fd expires = clock;
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .stackSize(STACK_SIZE)
              .inheritInheritableThreadLocals(false)
              .name("cofferdam-watch")
              .unstarted(() -> watch(made, expires));
      ThreadStarter.run(thread::start);
      started = true;
    } finally {
      // No more threads or descriptors; whoever asked hears of it, and the next one tries again.
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
    long looked = System.nanoTime();
    while (goesOn(idle)) {
      int millis = millis();
      long count =
          Syscall.call(
              EPOLL_PWAIT, waiting.number(), events.address(), AT_ONCE, millis, 0, SignalSet.SIZE);
      if (Syscall.isError(count) && count != -Errno.EINTR.number()) {
        throw new IllegalStateException("epoll_pwait: " + Errno.of((int) -count));
      }
      for (Watch watch : ready(waiting, events, (int) Math.max(0, count))) {
        watch.tell();
      }
      idle = count == 0 && isEmpty() ? idle + 1 : 0;
      if (System.nanoTime() - looked >= millis * 1_000_000L) {
        lookAfter();
        looked = System.nanoTime();
      }
    }
  }

  /** If the thread cannot go on, those who wait will have to do that themselves. */
  private void tellAll(Fd waiting) {
    List<Watch> left = List.of();
    synchronized (this) {
      if (waiting.equals(epoll)) {
        epoll = null;
        timer = null;
        lookedAfter = 0;
        left = new ArrayList<>(watches.values());
        watches.clear();
        keys.clear();
      }
    }
    for (Watch watch : left) {
      watch.fd().release();
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
    return lookedAfter == 0 ? MILLIS : Math.max(LOOK_MILLIS, lookedAfter);
  }

  private synchronized boolean isEmpty() {
    return watches.isEmpty();
  }

  private synchronized List<Watch> ready(Fd waiting, MemorySegment events, int count) {
    var ready = new ArrayList<Watch>(count);
    for (int i = 0; i < count; i++) {
      long key = events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * EVENT + DATA);
      if (key == TIMER) {
        ready.addAll(overdue(waiting));
      } else {
        remove(waiting, key).ifPresent(ready::add);
      }
    }
    return ready;
  }

  /** Those that are told although nothing can be read. */
  private List<Watch> overdue(Fd waiting) {
    var overdue = new ArrayList<Watch>();
    long next = Long.MAX_VALUE;
    for (Map.Entry<Long, Watch> entry : List.copyOf(watches.entrySet())) {
      long left = entry.getValue().upkeep().nanosUntilDue();
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
      keys.remove(watch.fd());
      Syscall.call(EPOLL_CTL, waiting.number(), DELETE, watch.fd().number(), 0);
      watch.fd().release();
      lookedAfter -= watch.upkeep().needsLookingAfter() ? 1 : 0;
    }
    return Optional.ofNullable(watch);
  }

  private void lookAfter() {
    var left = new ArrayList<Upkeep>();
    synchronized (this) {
      for (Watch watch : watches.values()) {
        if (watch.upkeep().needsLookingAfter()) {
          left.add(watch.upkeep());
        }
      }
    }
    for (Upkeep upkeep : left) {
      upkeep.lookAfter();
    }
  }

  private static void add(Fd epoll, Fd fd, int events, long key) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(EVENT, Long.BYTES);
      event.set(ValueLayout.JAVA_INT, 0, events);
      event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA, key);
      Syscall.check(
          Syscall.call(EPOLL_CTL, epoll.number(), ADD, fd.number(), event.address()),
          "epoll_ctl",
          "watch " + fd);
    }
  }
}
