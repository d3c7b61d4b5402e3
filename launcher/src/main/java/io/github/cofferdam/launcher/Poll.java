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

  private Poll() {}

  /** Waits until something can be done with a descriptor, or it is closed. */
  static void await(Fd fd, int events) throws KernelException {
    if (fd.acquire()) {
      try {
        await(fd.number(), events, -1, 0, FOREVER);
      } finally {
        fd.release();
      }
    }
  }

  /** As {@link #await(Fd, int)}, for either of two. */
  static void awaitEither(Fd first, int firstEvents, Fd second, int secondEvents)
      throws KernelException {
    if (!first.acquire()) {
      return;
    }
    try {
      if (second.acquire()) {
        try {
          await(first.number(), firstEvents, second.number(), secondEvents, FOREVER);
        } finally {
          second.release();
        }
      }
    } finally {
      first.release();
    }
  }

  /** As {@link #await(Fd, int)}, at most so long. */
  static void await(Fd fd, int events, long nanos) throws KernelException {
    if (fd.acquire()) {
      try {
        await(fd.number(), events, -1, 0, nanos);
      } finally {
        fd.release();
      }
    }
  }

  /** The kernel passes a negative descriptor over. */
  private static void await(int first, int firstEvents, int second, int secondEvents, long nanos)
      throws KernelException {
    // struct pollfd: | fd 32 | events 16 | revents 16 |, twice; struct timespec: | sec 64 | nsec 64
    // |
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(32, Long.BYTES);
      poll.set(ValueLayout.JAVA_INT, 0, first);
      poll.set(ValueLayout.JAVA_SHORT, 4, (short) firstEvents);
      poll.set(ValueLayout.JAVA_INT, 8, second);
      poll.set(ValueLayout.JAVA_SHORT, 12, (short) secondEvents);
      poll.set(ValueLayout.JAVA_LONG, 16, nanos / 1_000_000_000);
      poll.set(ValueLayout.JAVA_LONG, 24, nanos % 1_000_000_000);
      long timeout = nanos < 0 ? 0 : poll.address() + 16;
      long result = Syscall.call(PPOLL, poll.address(), 2, timeout, 0, LaunchSequence.SIGNAL_SET);
      if (result != -Errno.EINTR.number()) {
        Syscall.check(result, "ppoll", "wait for descriptors");
      }
    }
  }
}
