package io.github.cofferdam.seccomp;

/** Answers notifications, or sees to it that somebody does. */
@FunctionalInterface
public interface NotificationHandler {
  /**
   * Answers a notification. Whoever needs long for it, for a connection to be made for example,
   * leaves that to another thread and returns: others wait. Whoever never answers lets the target
   * wait until it is killed or the listener is closed.
   *
   * @throws Exception upon which the target gets EPERM, unless it was answered before
   */
  void handle(Notification notification) throws Exception;
}
