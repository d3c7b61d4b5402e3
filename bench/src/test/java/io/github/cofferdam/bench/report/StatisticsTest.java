package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  private static final double SMALL = 1e-9;

  /** {@return 1 to the last one, not in order} */
  private static List<Double> upTo(int last) {
    var all = new ArrayList<>(IntStream.rangeClosed(1, last).mapToObj(x -> (double) x).toList());
    Collections.shuffle(all, new Random(last));
    return all;
  }

  @Test
  void quantilesLieBetweenSamples() {
    Statistics statistics = Statistics.of(upTo(101));
    assertEquals(101, statistics.count());
    assertEquals(11, statistics.p10(), SMALL);
    assertEquals(51, statistics.median(), SMALL);
    assertEquals(91, statistics.p90(), SMALL);
    assertEquals(100, statistics.p99(), SMALL);
    assertEquals(50.0 / 51, statistics.spread().orElseThrow(), SMALL);
    // Of four samples, by hand: places 0.3, 1.5, 2.7 and 2.97.
    statistics = Statistics.of(List.of(40.0, 10.0, 30.0, 20.0));
    assertEquals(13, statistics.p10(), SMALL);
    assertEquals(25, statistics.median(), SMALL);
    assertEquals(37, statistics.p90(), SMALL);
    assertEquals(39.7, statistics.p99(), SMALL);
    assertEquals(15.0 / 25, statistics.spread().orElseThrow(), SMALL);
  }

  @Test
  void intervalIsThatOfTheBinomialTables() {
    // The largest k with P(Bin(n, 1/2) < k) <= 0.025 is 1, 2, 6 and 40.
    assertEquals(Optional.empty(), Statistics.of(upTo(5)).interval());
    assertEquals(Optional.of(new Interval(1, 6)), Statistics.of(upTo(6)).interval());
    assertEquals(Optional.of(new Interval(2, 9)), Statistics.of(upTo(10)).interval());
    assertEquals(Optional.of(new Interval(6, 15)), Statistics.of(upTo(20)).interval());
    assertEquals(Optional.of(new Interval(40, 61)), Statistics.of(upTo(100)).interval());
    // So many that a chance of 2^-n is no double: n/2 - 1.96 sqrt(n)/2, within one.
    Interval many = Statistics.of(upTo(10_000)).interval().orElseThrow();
    assertEquals(4902, many.low(), 1);
    assertEquals(5099, many.high(), 1);
  }

  @Test
  void oneSampleIsAllThereIs() {
    Statistics statistics = Statistics.of(List.of(7.0));
    assertEquals(new Statistics(1, 7, 7, 7, 7, OptionalDouble.of(0), Optional.empty()), statistics);
  }

  @Test
  void spreadOfZeros() {
    assertEquals(OptionalDouble.of(0), Statistics.of(List.of(0.0, 0.0, 0.0)).spread());
    assertEquals(OptionalDouble.empty(), Statistics.of(List.of(0.0, 0.0, 1.0)).spread());
  }

  @Test
  void whatIsNoSampleIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Statistics.of(List.of()));
    assertThrows(IllegalArgumentException.class, () -> Statistics.of(List.of(1.0, Double.NaN)));
    assertThrows(
        IllegalArgumentException.class, () -> Statistics.of(List.of(Double.POSITIVE_INFINITY)));
  }

  @Test
  void ratioWithinRoundsDoesNotSeeDrift() {
    // The machine gets four times slower; in every round one takes half of the other.
    List<Double> first = List.of(100.0, 150.0, 200.0, 300.0, 350.0, 400.0, 1e6);
    List<Double> half = first.stream().map(x -> x / 2).toList();
    assertEquals(
        Optional.of(new Ratio(0.5, Optional.of(new Interval(0.5, 0.5)))),
        Ratio.perRound(half, first));
    // Rounds that only one has do not count.
    assertEquals(0.5, Ratio.perRound(half, first.subList(0, 3)).orElseThrow().value());
  }

  @Test
  void thereIsNoRatioToNothing() {
    assertEquals(Optional.empty(), Ratio.perRound(List.of(1.0, 2.0), List.of(1.0, 0.0)));
    assertEquals(Optional.empty(), Ratio.perRound(List.of(1.0), List.of()));
    Statistics zero = Statistics.of(List.of(0.0));
    Statistics one = Statistics.of(List.of(1.0));
    assertEquals(Optional.empty(), Ratio.ofMedians(one, zero));
    assertEquals(Optional.of(new Ratio(0, Optional.empty())), Ratio.ofMedians(zero, one));
  }

  @Test
  void distancesOfARatioAddAsSquares() {
    // 10 to 20 around 10 * sqrt 2 on both sides: a factor of sqrt 2 up and down, so that the
    // ratio's is e^(sqrt 2 * ln sqrt 2).
    double middle = 10 * Math.sqrt(2);
    var statistics =
        new Statistics(
            6, 0, middle, 0, 0, OptionalDouble.empty(), Optional.of(new Interval(10, 20)));
    Ratio ratio = Ratio.ofMedians(statistics, statistics).orElseThrow();
    assertEquals(1, ratio.value(), SMALL);
    double factor = Math.exp(Math.sqrt(2) * Math.log(Math.sqrt(2)));
    assertEquals(1 / factor, ratio.interval().orElseThrow().low(), SMALL);
    assertEquals(factor, ratio.interval().orElseThrow().high(), SMALL);
  }

  /** How often intervals miss the truth, which is known here. */
  @Test
  void intervalsHoldInNinetyFiveOfAHundredCases() {
    var random = new Random(6);
    int median = 0;
    int ratio = 0;
    int all = 2000;
    for (int i = 0; i < all; i++) {
      Statistics one = Statistics.of(skewed(random, 3, 40));
      Statistics other = Statistics.of(skewed(random, 2, 25));
      median += one.interval().orElseThrow().contains(3) ? 1 : 0;
      ratio +=
          Ratio.ofMedians(one, other).orElseThrow().interval().orElseThrow().contains(1.5) ? 1 : 0;
    }
    assertTrue(median > 0.945 * all && median < 0.98 * all, "median: " + median);
    assertTrue(ratio > 0.94 * all && ratio < 0.985 * all, "ratio: " + ratio);
  }

  private static List<Double> skewed(Random random, double median, int count) {
    var samples = new ArrayList<Double>();
    for (int i = 0; i < count; i++) {
      samples.add(median * Math.exp(0.5 * random.nextGaussian()));
    }
    return samples;
  }

  @Property
  void medianIsInItsInterval(
      @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -1e9, max = 1e9) Double> samples) {
    Statistics statistics = Statistics.of(samples);
    assertTrue(statistics.interval().isPresent() == samples.size() >= 6);
    statistics.interval().ifPresent(x -> assertTrue(x.contains(statistics.median())));
    assertTrue(statistics.p10() <= statistics.median());
    assertTrue(statistics.median() <= statistics.p90());
    assertTrue(statistics.p90() <= statistics.p99());
  }

  @Property
  void otherUnitsChangeFiguresAndNoRatio(
      @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 1, max = 1e9) Double> samples,
      @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 1, max = 1e9) Double> first) {
    List<Double> larger = samples.stream().map(x -> x * 1024).toList();
    List<Double> largerFirst = first.stream().map(x -> x * 1024).toList();
    Statistics statistics = Statistics.of(samples);
    assertEquals(statistics.median() * 1024, Statistics.of(larger).median());
    assertEquals(
        statistics.spread().orElseThrow(), Statistics.of(larger).spread().orElseThrow(), SMALL);
    assertEquals(Ratio.perRound(samples, first), Ratio.perRound(larger, largerFirst));
    Ratio ratio = Ratio.ofMedians(statistics, Statistics.of(first)).orElseThrow();
    ratio.interval().ifPresent(x -> assertTrue(x.contains(ratio.value())));
    Ratio largerRatio =
        Ratio.ofMedians(Statistics.of(larger), Statistics.of(largerFirst)).orElseThrow();
    assertEquals(ratio.value(), largerRatio.value(), SMALL * ratio.value());
  }

  @Property
  void exchangedTheRatioIsTheOtherOne(
      @ForAll @Size(min = 6, max = 40) List<@DoubleRange(min = 1, max = 1e6) Double> one,
      @ForAll @Size(min = 6, max = 40) List<@DoubleRange(min = 1, max = 1e6) Double> other) {
    Interval there = interval(one, other);
    Interval back = interval(other, one);
    assertEquals(1, there.low() * back.high(), SMALL);
    assertEquals(1, there.high() * back.low(), SMALL);
  }

  private static Interval interval(List<Double> samples, List<Double> first) {
    return Ratio.ofMedians(Statistics.of(samples), Statistics.of(first))
        .orElseThrow()
        .interval()
        .orElseThrow();
  }
}
