package io.github.cofferdam.policy;

/**
 * How much the patterns of one policy may come to together: each bounded is not yet all bounded.
 */
final class PatternBudget {
  /** In elements, as {@link CommandPattern#MAX_SIZE}. */
  static final int MAX_TOTAL = 20_000;

  private long left = MAX_TOTAL;

  /**
   * Takes a pattern's part.
   *
   * @throws IllegalArgumentException if what is left does not suffice
   */
  void take(String pattern) {
    long size = PatternSize.of(pattern);
    // One that is too large by itself is refused for that.
    left -= size > CommandPattern.MAX_SIZE ? 0 : size;
    if (left < 0) {
      throw new IllegalArgumentException(
          "the patterns up to this one have more than "
              + MAX_TOTAL
              + " elements when their repetitions are written out, the most that all rules of a"
              + " policy may have together");
    }
  }
}
