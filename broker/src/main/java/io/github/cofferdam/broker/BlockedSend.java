package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * A message for which there is no room yet, and whose program waits for that. It is sent when there
 * is, and only while the program waits: one that a signal took out of its call makes the call
 * again, and what was sent meanwhile would arrive twice.
 *
 * @param asked the call
 * @param parcel the message; closed in the end
 */
record BlockedSend(Asked asked, Parcel parcel) {
  /** What can be written to, and takes nothing all the same, is not asked all the time. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /**
   * Waits, sends, and answers.
   *
   * @param ended whether the run has ended
   * @param lookMillis how soon a signal is seen, and the end of the run
   */
  void deliver(BooleanSupplier ended, IntSupplier lookMillis) throws KernelException {
    boolean done = false;
    try (parcel) {
      done = send(ended, lookMillis);
    } finally {
      if (!done && !asked.notification().answered()) {
        asked.fail(Errno.EPERM);
      }
    }
  }

  /** {@return whether all is done}, which it also is when nobody waits any more. */
  private boolean send(BooleanSupplier ended, IntSupplier lookMillis) throws KernelException {
    long begin = System.nanoTime();
    long longest = parcel.socket().sendTimeout();
    while (!ended.getAsBoolean()) {
      long look = TimeUnit.MILLISECONDS.toNanos(lookMillis.getAsInt());
      boolean room = Poll.await(look, parcel.socket().fd(), Uapi.POLLOUT()) != 0;
      if (!asked.notification().valid()) {
        return true;
      }
      if (Signals.pending(asked.notification().pid())) {
        asked.interrupt(longest > 0);
        return true;
      }
      long result = room ? parcel.send() : -Errno.EAGAIN.number();
      boolean late = longest > 0 && System.nanoTime() - begin >= longest;
      if (result != -Errno.EAGAIN.number() || late) {
        asked.answer(result);
        return true;
      }
      if (room) {
        Poll.await(PAUSE_NANOS, parcel.socket().fd(), 0);
      }
    }
    return false;
  }
}
