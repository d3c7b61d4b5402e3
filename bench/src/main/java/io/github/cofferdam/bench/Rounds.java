package io.github.cofferdam.bench;

import java.time.Duration;

/** Rounds of a measurement: as many as are wanted, and fewer where they would take too long. */
final class Rounds {
  private final int wanted;
  private final long limit;
  private final long start = System.nanoTime();
  private int begun;

  /**
   * Begins, before the first round.
   *
   * @param wanted how many there are at most; there is one at least
   * @param limit no round is begun that would probably end later
   */
  Rounds(int wanted, Duration limit) {
    this.wanted = wanted;
    this.limit = limit.toNanos();
  }

  /** {@return whether there is another one, which then begins} */
  boolean next() {
    long gone = System.nanoTime() - start;
    if (begun > 0 && (begun >= wanted || gone + gone / begun > limit)) {
      return false;
    }
    begun++;
    return true;
  }

  /** {@return the number of the round that has begun, from 0} */
  int number() {
    return begun - 1;
  }

  /** {@return how much is done, 0 to 1} */
  double done() {
    double byTime = (double) (System.nanoTime() - start) / Math.max(1, limit);
    return Math.min(1, Math.max(byTime, (double) number() / wanted));
  }
}
