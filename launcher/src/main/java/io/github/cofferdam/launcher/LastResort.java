package io.github.cofferdam.launcher;

import java.time.Duration;
import java.util.Optional;

/**
 * When this process ends a tree itself, because its supervisor does not: that may have been stopped
 * or frozen by somebody outside, or be lost. Whatever it is, whoever waits for the end gets an
 * answer within a second.
 *
 * <pre>
 *   deadline,       + ASK              + FORCE             + GIVE_UP
 *   + grace
 *   ----+-------------+-------------------+--------------------+-------
 *       | supervisor: | continued, and    | the tree is killed | left to itself
 *       | its own     | asked to end the  | from here, and the |
 *       | timer       | tree              | supervisor         |
 * </pre>
 *
 * <p>Guarded by the lock of whoever has it, but for {@link #left}.
 */
final class LastResort {
  static final long ASK_NANOS = 200_000_000;
  static final long FORCE_NANOS = 400_000_000;

  /** Where this process asks without a deadline, there is more time until it has to answer. */
  static final long FORCE_LATER_NANOS = 600_000_000;

  static final long WALK_NANOS = 150_000_000;
  static final long GIVE_UP_NANOS = 150_000_000;

  /** What was done last. */
  enum Stage {
    NOTHING,
    ASKED,
    FORCED
  }

  private Stage stage = Stage.NOTHING;
  private volatile boolean limited;
  private volatile long due;

  private LastResort(boolean limited, long due) {
    this.limited = limited;
    this.due = due;
  }

  /**
   * For a command that has just been started.
   *
   * @param grace how much longer than the deadline its supervisor may take
   */
  static LastResort after(Optional<Duration> deadline, Duration grace) {
    long more = nanos(grace) + ASK_NANOS;
    return new LastResort(
        deadline.isPresent(),
        deadline.map(duration -> System.nanoTime() + nanos(duration) + more).orElse(0L));
  }

  /** What is longer than a century is as good as a century, and does not overflow. */
  static long nanos(Duration duration) {
    Duration century = Duration.ofDays(36_500);
    return (duration.compareTo(century) < 0 ? duration : century).toNanos();
  }

  Stage stage() {
    return stage;
  }

  /**
   * Says that the supervisor was told to end the tree within this time.
   *
   * @return whether it had more time before
   */
  boolean toldToEnd(Duration grace) {
    long later = nanos(grace) + ASK_NANOS;
    if (stage != Stage.NOTHING || left() <= later) {
      return false;
    }
    due = System.nanoTime() + later;
    limited = true;
    return true;
  }

  /**
   * Says that the supervisor was asked to end the tree at once. Asking again gives it no more time.
   */
  void asked(boolean overdue) {
    if (stage == Stage.NOTHING) {
      reached(Stage.ASKED, overdue ? FORCE_NANOS : FORCE_LATER_NANOS);
    }
  }

  /** Says that the tree was killed from here. */
  void forced() {
    reached(Stage.FORCED, GIVE_UP_NANOS);
  }

  private void reached(Stage now, long nanos) {
    stage = now;
    due = System.nanoTime() + nanos;
    limited = true;
  }

  /** {@return how long it is until something has to be done; {@link Long#MAX_VALUE} for ever} */
  long left() {
    return limited ? Math.max(0, due - System.nanoTime()) : Long.MAX_VALUE;
  }
}
