package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The end of a filter that answers {@link Action#userNotification}: system calls of all processes
 * behind the filter arrive here one by one, and wait.
 *
 * {@snippet :
 * try (Listener listener = Listener.owning(launched.received().orElseThrow())) {
 *   for (var next = listener.receive(); next.isPresent(); next = listener.receive()) {
 *     next.get().answerErrno(Errno.EACCES);
 *   }
 * }
 * }
 *
 * <p>It fails closed: once this is closed, what waits and whatever comes later fails with ENOSYS.
 * Safe for use by several threads. {@link NotificationSupervisor} serves many listeners with one
 * thread.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html">seccomp_unotify(2)</a>
 */
public final class Listener implements AutoCloseable {
  /** How long a wait stays in the kernel before it looks whether it is still wanted. */
  private static final long SLICE_NANOS = 50_000_000;

  /** What is longer than a century is as good as a century, and does not overflow. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private static final Step RECEIVE = ioctl("receive a notification", "SECCOMP_IOCTL_NOTIF_RECV");
  private static final Step VALID =
      ioctl("ask whether a target still waits", "SECCOMP_IOCTL_NOTIF_ID_VALID");
  private static final Step SEND = ioctl("answer a notification", "SECCOMP_IOCTL_NOTIF_SEND");
  private static final Step ADD =
      ioctl("give a descriptor to a target", "SECCOMP_IOCTL_NOTIF_ADDFD");
  private static final Step SET_FLAGS =
      ioctl("wake targets synchronously", "SECCOMP_IOCTL_NOTIF_SET_FLAGS");

  private final Fd fd;
  private final Kernel kernel;

  /** Held from looking whether there is a notification until it was taken. */
  private final ReentrantLock receiving = new ReentrantLock();

  private final Arena arena = Arena.ofAuto();
  private @Nullable MemorySegment buffer;
  private boolean syncWakeUp;
  private volatile int responseSize = Notification.RESPONSE_SIZE;
  private volatile boolean hungUp;
  private volatile @Nullable Runnable supervisor;

  Listener(Fd fd, Kernel kernel) {
    this.fd = fd;
    this.kernel = kernel;
  }

  /** {@return the listener of a descriptor that was opened elsewhere}; it closes it. */
  public static Listener owning(Fd fd) {
    return new Listener(fd, Kernel.host());
  }

  private static Step ioctl(String purpose, String request) {
    return Step.of("ioctl", purpose, Arg.of(0, "listener"), Arg.of(0, request));
  }

  /**
   * Waits for a notification.
   *
   * @return empty if none will come any more: nothing that could run is behind the filter, or this
   *     was closed
   * @throws IllegalStateException if a {@link NotificationSupervisor} serves this
   * @throws KernelException if the kernel is older than 5.0 or refuses
   */
  public Optional<Notification> receive() throws InterruptedException, KernelException {
    while (true) {
      Optional<Notification> received = receive(LONGEST);
      if (received.isPresent() || ended()) {
        return received;
      }
    }
  }

  /**
   * Waits for a notification, at most so long.
   *
   * @return empty if none came in time; {@link #ended} says whether none will come any more
   * @throws IllegalStateException if a {@link NotificationSupervisor} serves this
   * @throws KernelException if the kernel is older than 5.0 or refuses
   */
  public Optional<Notification> receive(Duration timeout)
      throws InterruptedException, KernelException {
    Duration longest = timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
    long deadline = System.nanoTime() + longest.toNanos();
    while (true) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (supervisor != null) {
        throw new IllegalStateException("this listener is served by a supervisor");
      }
      long left = Math.max(0, deadline - System.nanoTime());
      receiving.lockInterruptibly();
      try {
        Optional<Notification> received =
            poll(Math.min(left, SLICE_NANOS)) ? take() : Optional.empty();
        if (received.isPresent() || ended() || left == 0) {
          return received;
        }
      } finally {
        receiving.unlock();
      }
    }
  }

  /**
   * {@return whether no notification will come any more}: nothing that could run is behind the
   * filter, or this was closed.
   */
  public boolean ended() {
    return hungUp || fd.isClosed();
  }

  /**
   * Gives the listener up: what waits for an answer and every later call that the filter notifies
   * fails with ENOSYS. A thread that waits in {@link #receive} goes on, and so does that, within
   * the twentieth part of a second.
   */
  @Override
  public void close() {
    fd.close();
    Runnable served = supervisor;
    if (served != null) {
      served.run();
    }
  }

  /** {@return the descriptor}; closing it closes this. */
  public Fd descriptor() {
    return fd;
  }

  @Override
  public String toString() {
    return "Listener[" + fd + "]";
  }

  // ------------------------------------------------------------------ for the supervisor

  /** From now on only a supervisor receives; it is told when this is closed. */
  void serveBy(Runnable closed) {
    receiving.lock();
    try {
      if (supervisor != null) {
        throw new IllegalArgumentException("this listener is served already: " + this);
      }
      supervisor = closed;
    } finally {
      receiving.unlock();
    }
  }

  void markHungUp() {
    hungUp = true;
  }

  /**
   * Takes a notification that poll has seen; empty if its target is gone by now. Nobody else may
   * have taken it, else this would wait for the next one.
   */
  Optional<Notification> take() throws KernelException {
    receiving.lock();
    try {
      MemorySegment into = prepare();
      // The kernel takes nothing but zeros, where later versions may look for something.
      into.fill((byte) 0);
      long result = call(RECEIVE, Uapi.SECCOMP_IOCTL_NOTIF_RECV(), into.address());
      if (result == -Errno.ENOENT.number()
          || result == -Errno.EINTR.number()
          || result == -Errno.EBADF.number()) {
        return Optional.empty();
      }
      Syscall.check(result, "ioctl", RECEIVE.purpose());
      return Optional.of(new Notification(this, kernel, into));
    } finally {
      receiving.unlock();
    }
  }

  // ------------------------------------------------------------------ for notifications

  /** Whether a target still waits. */
  boolean valid(long id) throws KernelException {
    try (Arena confined = Arena.ofConfined()) {
      MemorySegment asked = confined.allocate(ValueLayout.JAVA_LONG);
      asked.set(ValueLayout.JAVA_LONG, 0, id);
      long result = call(VALID, Uapi.SECCOMP_IOCTL_NOTIF_ID_VALID(), asked.address());
      if (result == -Errno.ENOENT.number() || result == -Errno.EBADF.number()) {
        return false;
      }
      Syscall.check(result, "ioctl", VALID.purpose());
      return true;
    }
  }

  /**
   * The kernel's answer to an answer.
   *
   * <pre>
   * struct seccomp_notif_resp
   *  0        8        16       20       24
   *  +--------+--------+--------+--------+
   *  | id     | val    | error  | flags  |
   *  | u64    | s64    | s32    | u32    |
   *  +--------+--------+--------+--------+
   * </pre>
   *
   * @param error 0 or a negated error number; a positive one would be a success
   */
  long send(long id, long value, int error, long flags) {
    try (Arena confined = Arena.ofConfined()) {
      MemorySegment response = confined.allocate(responseSize, 8);
      response.set(ValueLayout.JAVA_LONG, 0, id);
      response.set(ValueLayout.JAVA_LONG, 8, value);
      response.set(ValueLayout.JAVA_INT, 16, error);
      response.set(ValueLayout.JAVA_INT, 20, (int) flags);
      return uninterrupted(SEND, Uapi.SECCOMP_IOCTL_NOTIF_SEND(), response.address());
    }
  }

  /**
   * The number that a descriptor got in the target, or an error.
   *
   * <pre>
   * struct seccomp_notif_addfd
   *  0        8        12       16       20           24
   *  +--------+--------+--------+--------+------------+
   *  | id     | flags  | srcfd  | newfd  | newfd_flags|
   *  | u64    | u32    | u32    | u32    | u32        |
   *  +--------+--------+--------+--------+------------+
   * </pre>
   */
  long add(long id, long flags, int source, int target, int targetFlags) {
    try (Arena confined = Arena.ofConfined()) {
      MemorySegment request = confined.allocate(Notification.ADD_SIZE, 8);
      request.set(ValueLayout.JAVA_LONG, 0, id);
      request.set(ValueLayout.JAVA_INT, 8, (int) flags);
      request.set(ValueLayout.JAVA_INT, 12, source);
      request.set(ValueLayout.JAVA_INT, 16, target);
      request.set(ValueLayout.JAVA_INT, 20, targetFlags);
      return uninterrupted(ADD, Uapi.SECCOMP_IOCTL_NOTIF_ADDFD(), request.address());
    }
  }

  // ------------------------------------------------------------------ the kernel

  /** Whether a notification and its answer each hand the processor over. */
  boolean syncWakeUp() throws KernelException {
    receiving.lock();
    try {
      prepare();
      return syncWakeUp;
    } finally {
      receiving.unlock();
    }
  }

  /**
   * Not done when the listener is made: the thread that installed the filter is behind it, and may
   * wait for ever for the answer to these calls.
   */
  private MemorySegment prepare() throws KernelException {
    if (buffer == null) {
      NotificationSizes sizes = NotificationSizes.of(kernel);
      // EINVAL before 6.6; all is well without, only slower.
      syncWakeUp =
          call(
                  SET_FLAGS,
                  Uapi.SECCOMP_IOCTL_NOTIF_SET_FLAGS(),
                  Uapi.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP())
              == 0;
      responseSize = sizes.response();
      buffer = arena.allocate(sizes.notification(), 8);
    }
    return buffer;
  }

  /** EBADF if this is closed. */
  private long call(Step step, long request, long argument) {
    if (!fd.acquire()) {
      return -Errno.EBADF.number();
    }
    try {
      return kernel.call(step, new long[] {fd.number(), request, argument, 0, 0, 0});
    } finally {
      fd.release();
    }
  }

  private long uninterrupted(Step step, long request, long argument) {
    long result;
    do {
      result = call(step, request, argument);
    } while (result == -Errno.EINTR.number());
    return result;
  }

  /** Whether there is a notification to take. */
  private boolean poll(long nanos) throws KernelException {
    int events = Poll.await(nanos, fd, Uapi.POLLIN());
    if ((events & Uapi.POLLIN()) != 0) {
      return true;
    }
    if ((events & Uapi.POLLHUP()) != 0) {
      hungUp = true;
    } else if (events != 0 && events != Poll.CLOSED) {
      throw new KernelException("ppoll", Errno.EBADF, "wait for a notification on " + fd);
    }
    return false;
  }
}
