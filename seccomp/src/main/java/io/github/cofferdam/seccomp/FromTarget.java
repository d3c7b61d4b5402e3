package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;

/**
 * What came of asking for something of a notification's target: its memory, a descriptor. That it
 * is gone is nothing exceptional, since it may be killed at any time; that it named something that
 * is not there is its own fault, to be answered with the error.
 *
 * @param <T> what was asked for
 */
public sealed interface FromTarget<T> {

  /**
   * It is there, and when it was taken the target was still waiting for its answer.
   *
   * @param value what was asked for
   * @param <T> its type
   */
  record Value<T>(T value) implements FromTarget<T> {}

  /**
   * The target no longer waits for an answer, so whatever was read may have been another process's:
   * nothing is left to do for this notification.
   *
   * @param <T> what was asked for
   */
  record Gone<T>() implements FromTarget<T> {}

  /**
   * The target waits, and what was asked for cannot be had.
   *
   * @param errno why: EFAULT for an address that is not all readable, EBADF for a descriptor that
   *     is not open, EPERM where this process may not look into the target
   * @param <T> what was asked for
   */
  record Refused<T>(Errno errno) implements FromTarget<T> {}
}
