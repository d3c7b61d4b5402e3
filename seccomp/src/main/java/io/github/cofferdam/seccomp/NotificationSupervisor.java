package io.github.cofferdam.seccomp;

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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Serves many listeners with one thread.
 *
 * {@snippet :
 * try (var supervisor = NotificationSupervisor.start(failures)) {
 *   supervisor.add(listener, notification -> notification.answerErrno(Errno.EACCES));
 *   launched.await();
 * }
 * }
 *
 * <p>A listener that no target is left for is closed and forgotten. It fails closed: a handler that
 * throws means EPERM, and whatever ends the supervisor closes its listeners, upon which targets get
 * ENOSYS.
 *
 * <p>The thread must not be behind a filter that it serves, so start this on a thread that is not.
 */
public final class NotificationSupervisor implements AutoCloseable {
  private static final int EVENTFD = Syscall.number("eventfd2");

  private record Served(Listener listener, NotificationHandler handler) {}

  private final NotificationFailures failures;
  private final Fd wake;
  private final Thread thread;
  private final List<Served> served = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  private NotificationSupervisor(NotificationFailures failures, Fd wake) {
    this.failures = failures;
    this.wake = wake;
    thread = Thread.ofPlatform().daemon().name("seccomp-supervisor").unstarted(this::run);
  }

  /**
   * {@return a supervisor that serves nobody yet}
   *
   * @param failures is told what goes wrong
   * @throws KernelException if there is no descriptor left
   */
  public static NotificationSupervisor start(NotificationFailures failures) throws KernelException {
    Fd wake =
        Fd.owning(
            Syscall.call(EVENTFD, 0, Uapi.EFD_CLOEXEC() | Uapi.EFD_NONBLOCK()),
            "eventfd2",
            "create the supervisor's wake-up event");
    var supervisor = new NotificationSupervisor(failures, wake);
    supervisor.thread.start();
    return supervisor;
  }

  /**
   * Serves a listener from now on, and closes it in the end.
   *
   * @throws IllegalArgumentException if it is served already
   * @throws IllegalStateException if this is closed; the listener is closed then, too
   */
  public void add(Listener listener, NotificationHandler handler) {
    listener.serveBy(this::wakeUp);
    served.add(new Served(listener, handler));
    if (closed) {
      listener.close();
      throw new IllegalStateException("this supervisor is closed");
    }
    wakeUp();
  }

  /** {@return how many listeners are served} */
  public int size() {
    return served.size();
  }

  /** {@return whether this serves nobody any more}: it was closed, or could not go on. */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Closes all listeners: what waits and what comes later fails with ENOSYS. Waits until a handler
   * that runs has returned, after interrupting it, unless that is what calls this.
   */
  @Override
  public void close() {
    closed = true;
    closeListeners();
    wakeUp();
    if (Thread.currentThread().equals(thread)) {
      return;
    }
    thread.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeListeners() {
    for (Served one : served) {
      one.listener.close();
    }
  }

  /** An eventfd cannot be full before 2^64-2 have been written. */
  private void wakeUp() {
    if (!wake.acquire()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
      one.set(ValueLayout.JAVA_LONG, 0, 1);
      Syscall.call(Syscall.number("write"), wake.number(), one.address(), one.byteSize());
    } finally {
      wake.release();
    }
  }

  private void run() {
    try {
      while (!closed) {
        for (Served one : ready()) {
          if (!closed) {
            serve(one);
          }
        }
      }
    } catch (KernelException e) {
      for (Served one : served) {
        one.listener.close();
        report(() -> failures.listenerFailed(one.listener, e));
      }
    } finally {
      closed = true;
      closeListeners();
      served.clear();
      wake.close();
    }
  }

  /** Waits, forgets the listeners that have ended, and returns those that have a notification. */
  private List<Served> ready() throws KernelException {
    served.removeIf(one -> one.listener.descriptor().isClosed());
    var polled = List.copyOf(served);
    var wanted = new ArrayList<Poll.Wanted>();
    wanted.add(new Poll.Wanted(wake, Uapi.POLLIN()));
    for (Served one : polled) {
      wanted.add(new Poll.Wanted(one.listener.descriptor(), Uapi.POLLIN()));
    }
    int[] events = Poll.await(Poll.FOREVER, wanted.toArray(Poll.Wanted[]::new));
    if (events[0] != 0) {
      takeWakeUp();
    }
    var ready = new ArrayList<Served>();
    for (int i = 0; i < polled.size(); i++) {
      int happened = events[i + 1];
      if ((happened & Uapi.POLLIN()) != 0) {
        ready.add(polled.get(i));
      } else if (happened != 0 && happened != Poll.CLOSED) {
        // What was closed just now is forgotten next time.
        forget(polled.get(i));
      }
    }
    return ready;
  }

  /** Eight bytes: the count, which is 0 afterwards. */
  private void takeWakeUp() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
      Syscall.call(Syscall.number("read"), wake.number(), count.address(), count.byteSize());
    }
  }

  /** POLLHUP: no target is left. */
  private void forget(Served one) {
    one.listener.markHungUp();
    one.listener.close();
    served.remove(one);
  }

  private void serve(Served one) {
    Optional<Notification> received;
    try {
      received = one.listener.take();
    } catch (KernelException e) {
      one.listener.close();
      served.remove(one);
      report(() -> failures.listenerFailed(one.listener, e));
      return;
    }
    received.ifPresent(notification -> handle(one, notification));
  }

  private void handle(Served one, Notification notification) {
    try {
      one.handler.handle(notification);
    } catch (Throwable cause) {
      refuse(one, notification);
      report(() -> failures.handlerFailed(notification, cause));
    }
  }

  private void refuse(Served one, Notification notification) {
    try {
      if (!notification.answered()) {
        notification.answerErrno(Errno.EPERM);
      }
    } catch (KernelException e) {
      one.listener.close();
      report(() -> failures.listenerFailed(one.listener, e));
    } catch (IllegalStateException e) {
      // Another thread, to which the handler had given it, has just answered.
    }
  }

  /** A report that fails ends nothing; it goes where this thread's failures go. */
  private void report(Runnable failure) {
    try {
      failure.run();
    } catch (RuntimeException | Error e) {
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }
}
