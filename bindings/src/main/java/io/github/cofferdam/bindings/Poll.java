package io.github.cofferdam.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits until something can be done with one of several descriptors. Every wait may end early, when
 * a signal arrives, so callers look for themselves and wait again. Neither an interrupt of the
 * thread nor closing a descriptor ends one.
 *
 * <p>What {@code ppoll} is given, {@code struct pollfd} of linux/poll.h once for each descriptor,
 * and behind them how long to wait, {@code struct timespec}:
 *
 * <pre>
 *   0        4        6        8              8 n      8 n + 8     8 n + 16
 *   +--------+--------+--------+---       ----+--------+-----------+
 *   | fd     | events | revents|  ...         | seconds| nanosec.  |
 *   | 32     | 16     | 16     |              | 64     | 64        |
 *   +--------+--------+--------+---       ----+--------+-----------+
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/poll.2.html">ppoll(2)</a>
 */
public final class Poll {
  /** Waits as long as it takes. */
  public static final long FOREVER = -1;

  /**
   * Said of a descriptor that this process had closed already, by {@link Fd#close}; the kernel
   * knows no such event.
   */
  public static final int CLOSED = 1 << 16;

  /** Bytes of a {@code struct pollfd}, for code that waits without this virtual machine. */
  public static final int POLLFD_SIZE = 8;

  /** Where in a {@code struct pollfd} stands what is waited for, 16 bits; see poll(2). */
  public static final int POLLFD_EVENTS = 4;

  /** Where in a {@code struct pollfd} stands what has come, 16 bits; see poll(2). */
  public static final int POLLFD_REVENTS = 6;

  private static final int PPOLL = Syscall.number("ppoll");
  static final int TIMESPEC_SIZE = 16;
  static final int TIMESPEC_NANOS = 8;

  /** Size of the kernel's signal set on all 64-bit architectures. */
  private static final int SIGNAL_SET = 8;

  private Poll() {}

  /**
   * What is to be possible with a descriptor.
   *
   * @param events POLLIN, POLLOUT, POLLPRI of {@code Uapi}; POLLERR, POLLHUP and POLLNVAL are
   *     always waited for
   */
  public record Wanted(Fd fd, int events) {}

  /**
   * Waits for one descriptor.
   *
   * @param nanos how long at most; 0 does not wait, and {@link #FOREVER} waits as long as it takes
   * @param fd what is waited for
   * @param events as those of {@link Wanted}
   * @return which events have come, {@link #CLOSED}, or 0 if there is none yet
   * @throws KernelException as {@link #await(long, Wanted...)}
   */
  public static int await(long nanos, Fd fd, int events) throws KernelException {
    return await(nanos, new Wanted(fd, events))[0];
  }

  /**
   * Waits until something can be done with one of the descriptors. None can be given back to the
   * kernel meanwhile. If one of them is closed, this does not wait, and says nothing of the others.
   *
   * @param nanos how long at most; 0 does not wait, and {@link #FOREVER} waits as long as it takes
   * @return of each descriptor, in the order given, which events have come, {@link #CLOSED}, or 0
   *     if there is none yet
   * @throws KernelException EINVAL if there are more than this process may have open, ENOMEM
   */
  public static int[] await(long nanos, Wanted... wanted) throws KernelException {
    int held = 0;
    try {
      for (; held < wanted.length; held++) {
        if (!wanted[held].fd().acquire()) {
          var closed = new int[wanted.length];
          closed[held] = CLOSED;
          return closed;
        }
      }
      return awaitOpen(nanos, wanted);
    } finally {
      while (held > 0) {
        wanted[--held].fd().release();
      }
    }
  }

  private static int[] awaitOpen(long nanos, Wanted... wanted) throws KernelException {
    long size = (long) wanted.length * POLLFD_SIZE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(size + TIMESPEC_SIZE, Long.BYTES);
      for (int i = 0; i < wanted.length; i++) {
        long entry = (long) i * POLLFD_SIZE;
        poll.set(ValueLayout.JAVA_INT, entry, wanted[i].fd().number());
        poll.set(ValueLayout.JAVA_SHORT, entry + POLLFD_EVENTS, (short) wanted[i].events());
      }
      poll.set(ValueLayout.JAVA_LONG, size, nanos / 1_000_000_000);
      poll.set(ValueLayout.JAVA_LONG, size + TIMESPEC_NANOS, nanos % 1_000_000_000);
      long timeout = nanos < 0 ? 0 : poll.address() + size;
      long result;
      do {
        result = Syscall.call(PPOLL, poll.address(), wanted.length, timeout, 0, SIGNAL_SET, 0);
        // A question is not a wait: it gets an answer.
      } while (nanos == 0 && result == -Errno.EINTR.number());
      var events = new int[wanted.length];
      if (result == -Errno.EINTR.number()) {
        return events;
      }
      Syscall.check(result, "ppoll", "wait for descriptors");
      for (int i = 0; i < wanted.length; i++) {
        long entry = (long) i * POLLFD_SIZE;
        events[i] = Short.toUnsignedInt(poll.get(ValueLayout.JAVA_SHORT, entry + POLLFD_REVENTS));
      }
      return events;
    }
  }
}
