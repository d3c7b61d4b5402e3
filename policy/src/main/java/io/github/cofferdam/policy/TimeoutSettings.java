package io.github.cofferdam.policy;

import java.time.Duration;
import java.util.Optional;

/**
 * When a run is ended, and how: the table {@code [timeout]}.
 *
 * @param wall the time after which the whole tree is ended, above zero
 * @param grace how long the tree has from SIGTERM to SIGKILL when its time is over or it is told to
 *     end, zero for none; empty is none, too, and two seconds for the {@code cofferdam} command
 */
public record TimeoutSettings(Optional<Duration> wall, Optional<Duration> grace) {
  /** No end but the command's own. */
  public static final TimeoutSettings DEFAULT =
      new TimeoutSettings(Optional.empty(), Optional.empty());

  /**
   * Checks the durations.
   *
   * @throws IllegalArgumentException when one is negative, no whole number of milliseconds or more
   *     than 292 years, or when the wall clock time is zero
   */
  public TimeoutSettings {
    wall.ifPresent(Durations::check);
    grace.ifPresent(Durations::checkAlsoZero);
  }

  /** {@return these with the time after which the whole tree is ended} */
  public TimeoutSettings withWall(Duration value) {
    return new TimeoutSettings(Optional.of(value), grace);
  }

  /** {@return these with the time that the tree has from SIGTERM to SIGKILL; zero for none} */
  public TimeoutSettings withGrace(Duration value) {
    return new TimeoutSettings(wall, Optional.of(value));
  }
}
