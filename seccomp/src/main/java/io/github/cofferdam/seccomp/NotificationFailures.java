package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.KernelException;

/** Is told what went wrong while a {@link NotificationSupervisor} went on. Called on its thread. */
public interface NotificationFailures {
  /**
   * A handler threw something. The target got EPERM, unless the handler had answered before.
   *
   * @param notification what was to be answered
   * @param cause what it threw
   */
  void handlerFailed(Notification notification, Throwable cause);

  /**
   * A listener does not work. It is closed by now: its targets get ENOSYS.
   *
   * @param listener the listener
   * @param cause what the kernel said
   */
  void listenerFailed(Listener listener, KernelException cause);
}
