package io.github.cofferdam.bench.report;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a series' samples have in common. Nothing is assumed about how they are distributed: times
 * of processes are skewed, and have outliers that a mean would follow.
 *
 * <p>Quantiles lie between the two samples beside them, in proportion (type 7 of Hyndman and Fan,
 * "Sample quantiles in statistical packages", 1996, which is what R and NumPy do unless told).
 *
 * @param count number of samples, at least one
 * @param p10 one tenth of the samples is below it
 * @param p90 nine tenths of the samples are below it
 * @param p99 99 of 100 samples are below it; with few samples, about the highest one
 * @param spread the range of the middle half of the samples, as a share of the median; empty if the
 *     median is 0 and that range is not
 * @param interval where the median of infinitely many samples is; empty with fewer than six
 *     samples, of which not even lowest and highest enclose it in 95 of 100 cases
 */
record Statistics(
    int count,
    double p10,
    double median,
    double p90,
    double p99,
    OptionalDouble spread,
    Optional<Interval> interval) {
  /** What an interval may miss on either side. */
  private static final double TAIL = 0.025;

  /**
   * Summarises samples.
   *
   * @throws IllegalArgumentException if there are none, or one of them is not a finite number
   */
  static Statistics of(List<Double> samples) {
    double[] sorted = samples.stream().mapToDouble(Double::doubleValue).toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("no samples");
    }
    for (double sample : sorted) {
      if (!Double.isFinite(sample)) {
        throw new IllegalArgumentException("a sample is " + sample);
      }
    }
    Arrays.sort(sorted);
    double median = quantile(sorted, 0.5);
    double middleHalf = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    return new Statistics(
        sorted.length,
        quantile(sorted, 0.1),
        median,
        quantile(sorted, 0.9),
        quantile(sorted, 0.99),
        spread(middleHalf, median),
        intervalOfMedian(sorted));
  }

  private static OptionalDouble spread(double range, double median) {
    if (range == 0) {
      return OptionalDouble.of(0);
    }
    double spread = range / Math.abs(median);
    return Double.isFinite(spread) ? OptionalDouble.of(spread) : OptionalDouble.empty();
  }

  private static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /**
   * As many samples are below the true median as tosses of a coin show heads. So it is between the
   * k-th sample from below and the k-th from above, unless fewer than k tosses show heads, or
   * tails: the largest k is taken for which either has a chance of at most 2.5 %. The interval
   * holds for every distribution.
   */
  private static Optional<Interval> intervalOfMedian(double[] sorted) {
    int count = sorted.length;
    int rank = 0;
    double fewer = 0;
    // Chance of exactly `rank` heads, as a logarithm: 2 to the power of -count may be below what a
    // double can hold.
    double exactly = -count * Math.log(2);
    while (fewer + Math.exp(exactly) <= TAIL) {
      fewer += Math.exp(exactly);
      exactly += Math.log((count - rank) / (rank + 1.0));
      rank++;
    }
    return rank == 0
        ? Optional.empty()
        : Optional.of(new Interval(sorted[rank - 1], sorted[count - rank]));
  }
}
