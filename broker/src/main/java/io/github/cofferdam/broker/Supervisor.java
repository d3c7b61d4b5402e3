package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.ThreadStarter;
import io.github.cofferdam.seccomp.Listener;
import io.github.cofferdam.seccomp.Notification;
import io.github.cofferdam.seccomp.NotificationFailures;
import io.github.cofferdam.seccomp.NotificationHandler;
import io.github.cofferdam.seccomp.NotificationSupervisor;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that answers for all runs of this virtual machine. It is there from the first run
 * that has questions, not confined like whoever began that one, and waits when there are none.
 */
final class Supervisor {
  private static final System.Logger LOG = System.getLogger(Supervisor.class.getName());

  private static @Nullable NotificationSupervisor shared;

  private Supervisor() {}

  /**
   * Answers a listener from now on, and closes it in the end.
   *
   * @throws KernelException if there are no more descriptors
   */
  static synchronized void add(Listener listener, NotificationHandler handler)
      throws KernelException {
    NotificationSupervisor there = shared;
    if (there == null || there.isClosed()) {
      there = start();
      shared = there;
    }
    there.add(listener, handler);
  }

  private static NotificationSupervisor start() throws KernelException {
    var made = new NotificationSupervisor[1];
    try {
      ThreadStarter.run(() -> {
        try {
          made[0] = NotificationSupervisor.start(new Failures());
        } catch (KernelException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof KernelException cause) {
        throw cause;
      }
      throw e;
    }
    return made[0];
  }

  private static final class Failures implements NotificationFailures {
    @Override
    public void handlerFailed(Notification notification, Throwable cause) {
      LOG.log(System.Logger.Level.WARNING, "refused, since it failed: " + notification, cause);
    }

    @Override
    public void listenerFailed(Listener listener, KernelException cause) {
      LOG.log(System.Logger.Level.WARNING, "nothing is answered any more of " + listener, cause);
    }
  }
}
