package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for descriptors as {@link Poll} does, but that a virtual thread lets the thread that
 * carries it go: in the kernel it would hold that, and a few that wait would keep all others from
 * running. Those waits are {@link DescriptorWatch}'s, on copies, since several may wait for one
 * descriptor.
 */
final class DescriptorWait {
  private static final long WITHOUT_WATCH_NANOS = 20_000_000;

  private DescriptorWait() {}

  /**
   * Waits as {@link Poll#await(long, Poll.Wanted...)}, and not longer than until the thread is
   * interrupted, if it is virtual; others have to look themselves, between short waits.
   */
  static int[] interruptibly(long nanos, Poll.Wanted... wanted) throws KernelException {
    return await(nanos, true, wanted);
  }

  /** Waits as {@link Poll#await(long, Poll.Wanted...)}, which may also end early. */
  static int[] await(long nanos, Poll.Wanted... wanted) throws KernelException {
    return await(nanos, false, wanted);
  }

  private static int[] await(long nanos, boolean interruptible, Poll.Wanted... wanted)
      throws KernelException {
    if (nanos == 0 || !Thread.currentThread().isVirtual()) {
      return Poll.await(nanos, wanted);
    }
    int[] now = Poll.await(0, wanted);
    for (int events : now) {
      if (events != 0) {
        return now;
      }
    }
    Thread waiter = Thread.currentThread();
    var told = new AtomicBoolean();
    Runnable wake =
        () -> {
          told.set(true);
          LockSupport.unpark(waiter);
        };
    var copies = new ArrayList<Fd>(wanted.length);
    try {
      watch(wanted, copies, wake);
      park(nanos, interruptible, told);
    } catch (KernelException e) {
      // No more descriptors or watches, for now: it looks from time to time.
      long most = nanos < 0 ? WITHOUT_WATCH_NANOS : Math.min(nanos, WITHOUT_WATCH_NANOS);
      park(most, interruptible, new AtomicBoolean());
    } finally {
      for (Fd copy : copies) {
        DescriptorWatch.remove(copy);
        copy.close();
      }
    }
    return Poll.await(0, wanted);
  }

  private static void watch(Poll.Wanted[] wanted, List<Fd> copies, Runnable wake)
      throws KernelException {
    for (Poll.Wanted one : wanted) {
      Fd copy = one.fd().duplicate();
      copies.add(copy);
      DescriptorWatch.add(copy, one.events(), wake);
    }
  }

  /** An interrupt that is nobody's business here is kept for later. */
  private static void park(long nanos, boolean interruptible, AtomicBoolean told) {
    long begin = System.nanoTime();
    boolean interrupted = false;
    while (!told.get()) {
      if (nanos < 0) {
        LockSupport.park(told);
      } else {
        long left = nanos - (System.nanoTime() - begin);
        if (left <= 0) {
          break;
        }
        LockSupport.parkNanos(told, left);
      }
      if (interruptible && Thread.currentThread().isInterrupted()) {
        return;
      }
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
