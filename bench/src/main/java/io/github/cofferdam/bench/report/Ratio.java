package io.github.cofferdam.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How much one thing is of another.
 *
 * @param value the ratio
 * @param interval where the true ratio is; empty if there are too few samples to say
 */
record Ratio(double value, Optional<Interval> interval) {
  /**
   * The ratio of two series that took turns: the median of the ratios within each round. What slows
   * the whole machine for a while slows both samples of a round, and their ratio stays. The
   * interval is that of any median, by order statistics: of the ways there are it assumes least,
   * and needs no random numbers.
   *
   * @param samples sample {@code n} is of round {@code n}
   * @param first those of what is compared with, in the same rounds
   * @return empty if no round has both, or a figure of {@code first} is not above zero
   */
  static Optional<Ratio> perRound(List<Double> samples, List<Double> first) {
    List<Double> ratios = rounds(samples, first);
    if (ratios.isEmpty()) {
      return Optional.empty();
    }
    Statistics statistics = Statistics.of(ratios);
    return Optional.of(new Ratio(statistics.median(), statistics.interval()));
  }

  /** {@return the ratio in each round that both have; none if one cannot be computed} */
  static List<Double> rounds(List<Double> samples, List<Double> first) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < Math.min(samples.size(), first.size()); i++) {
      double ratio = samples.get(i) / first.get(i);
      if (first.get(i) <= 0 || !Double.isFinite(ratio)) {
        return List.of();
      }
      ratios.add(ratio);
    }
    return ratios;
  }

  /**
   * The ratio of the medians of two series that have nothing to do with each other, such as two
   * runs. Its interval is put together from those of the medians, on a logarithmic scale, where a
   * ratio is a difference: each end is as far from the ratio as the root of the sum of the squares
   * of the two distances that lead there (MOVER; Zou and Donner, "Construction of confidence limits
   * about effect measures", Statistics in Medicine 27, 2008).
   *
   * @return empty if a median is negative, or that of {@code first} is zero
   */
  static Optional<Ratio> ofMedians(Statistics statistics, Statistics first) {
    double ratio = statistics.median() / first.median();
    if (statistics.median() < 0 || first.median() <= 0 || !Double.isFinite(ratio)) {
      return Optional.empty();
    }
    Optional<Interval> interval = Optional.empty();
    if (statistics.interval().isPresent() && first.interval().isPresent()) {
      Interval over = statistics.interval().get();
      Interval under = first.interval().get();
      if (over.low() > 0 && under.low() > 0) {
        double down =
            Math.hypot(
                Math.log(statistics.median() / over.low()),
                Math.log(under.high() / first.median()));
        double up =
            Math.hypot(
                Math.log(over.high() / statistics.median()),
                Math.log(first.median() / under.low()));
        interval = Optional.of(new Interval(ratio * Math.exp(-down), ratio * Math.exp(up)));
      }
    }
    return Optional.of(new Ratio(ratio, interval));
  }
}
