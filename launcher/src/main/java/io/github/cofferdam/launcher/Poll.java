package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits for descriptors; see {@code ppoll(2)}. Every wait may end early, so that callers look for
 * themselves.
 */
final class Poll {
  /** Waits as long as it takes. */
  static final long FOREVER = -1;

  private static final int PPOLL = Syscall.number("ppoll");

  // struct pollfd: | fd 32 | events 16 | revents 16 |; struct timespec: | sec 64 | nsec 64 |
  private static final int POLLFD = 8;
  private static final int EVENTS = 4;
  private static final int REVENTS = 6;
  private static final int TIMESPEC = 16;

  private Poll() {}

  /** What is to be possible with a descriptor. */
  record Wanted(Fd fd, int events) {}

  /** Waits until something can be done with a descriptor, or it is closed. */
  static void await(Fd fd, int events) throws KernelException {
    await(FOREVER, new Wanted(fd, events));
  }

  /** As {@link #await(Fd, int)}, for either of two. */
  static void awaitEither(Fd first, int firstEvents, Fd second, int secondEvents)
      throws KernelException {
    await(FOREVER, new Wanted(first, firstEvents), new Wanted(second, secondEvents));
  }

  /**
   * Waits until something can be done with one of the descriptors, at most so long.
   *
   * @return bit n is set if descriptor n is ready, or closed
   */
  static int await(long nanos, Wanted... wanted) throws KernelException {
    int held = 0;
    try {
      int closed = 0;
      for (; held < wanted.length; held++) {
        if (!wanted[held].fd().acquire()) {
          closed = 1 << held;
          break;
        }
      }
      return closed != 0 ? closed : awaitOpen(nanos, wanted);
    } finally {
      while (held > 0) {
        wanted[--held].fd().release();
      }
    }
  }

  private static int awaitOpen(long nanos, Wanted... wanted) throws KernelException {
    long size = (long) wanted.length * POLLFD;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(size + TIMESPEC, Long.BYTES);
      for (int i = 0; i < wanted.length; i++) {
        poll.set(ValueLayout.JAVA_INT, (long) i * POLLFD, wanted[i].fd().number());
        poll.set(ValueLayout.JAVA_SHORT, (long) i * POLLFD + EVENTS, (short) wanted[i].events());
      }
      poll.set(ValueLayout.JAVA_LONG, size, nanos / 1_000_000_000);
      poll.set(ValueLayout.JAVA_LONG, size + 8, nanos % 1_000_000_000);
      long timeout = nanos < 0 ? 0 : poll.address() + size;
      long result =
          Syscall.call(PPOLL, poll.address(), wanted.length, timeout, 0, LaunchSequence.SIGNAL_SET);
      if (result == -Errno.EINTR.number()) {
        return 0;
      }
      Syscall.check(result, "ppoll", "wait for descriptors");
      int ready = 0;
      for (int i = 0; i < wanted.length; i++) {
        if (poll.get(ValueLayout.JAVA_SHORT, (long) i * POLLFD + REVENTS) != 0) {
          ready |= 1 << i;
        }
      }
      return ready;
    }
  }
}
