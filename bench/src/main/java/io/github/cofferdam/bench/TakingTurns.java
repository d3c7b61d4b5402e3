package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Series;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Several ways of doing a thing, measured in one run: one group of a comparison.
 *
 * <p>They take turns, once each in a round, so that whatever else the machine does falls on all of
 * them. Each round has an order of its own: what one leaves behind, such as a network namespace
 * that the kernel takes apart later, falls on another one each time. What counts is the ratio
 * within a round; microseconds of different runs cannot be compared.
 */
final class TakingTurns {
  /** Rounds that are thrown away, as a share of those that count. */
  private static final double WARM_UP = 0.25;

  /** The orders are mixed, and the same in each run. */
  private static final long SEED = 20_261_122;

  /** In how many rounds what is measured beside the time is measured: it hardly varies. */
  private static final int MORE = 10;

  private static final MeasuredWay NOTHING = Map::of;

  private final String group;
  private final List<Candidate> candidates = new ArrayList<>();

  TakingTurns(String group) {
    this.group = group;
  }

  /** Does the thing once. */
  interface Way {
    void run() throws Exception;
  }

  /** Does the thing once, and says what it took. */
  interface MeasuredWay {
    Map<Measure, Double> run() throws Exception;
  }

  private static final class Candidate {
    private final String label;
    private final List<String> command;
    private final MeasuredWay way;
    private final MeasuredWay more;
    private Optional<String> missing;
    private final Map<Measure, List<Double>> samples = new EnumMap<>(Measure.class);

    Candidate(
        String label,
        List<String> command,
        MeasuredWay way,
        MeasuredWay more,
        Optional<String> missing) {
      this.label = label;
      this.command = command;
      this.way = way;
      this.more = more;
      this.missing = missing;
    }

    /** Has its turn. One that fails once is out: its figures would not be of all rounds. */
    void take(MeasuredWay turn, int round) throws InterruptedException {
      if (missing.isPresent()) {
        return;
      }
      Map<Measure, Double> figures;
      try {
        figures = turn.run();
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        missing = Optional.of("failed in round " + round + ": " + e.getMessage());
        samples.clear();
        return;
      }
      if (round > 0) {
        figures.forEach((measure, figure) ->
            samples.computeIfAbsent(measure, _ -> new ArrayList<>()).add(figure));
      }
    }

    Series series(String group) {
      return new Series(group, label, Optional.empty(), command, samples, missing);
    }
  }

  /**
   * Adds a way all of whose time counts, and processor time of this process and of the processes
   * that it has waited for. The first way is what the others are compared with.
   */
  void addTimed(String label, List<String> command, Way way) {
    addMeasured(label, command, timed(way));
  }

  /** Adds a way that measures itself; the first way is what the others are compared with. */
  void addMeasured(String label, List<String> command, MeasuredWay way) {
    addMeasured(label, command, way, NOTHING);
  }

  /**
   * Adds a way that measures itself.
   *
   * @param more measures something else, in some of the rounds and when all others are done with
   *     theirs
   */
  void addMeasured(String label, List<String> command, MeasuredWay way, MeasuredWay more) {
    candidates.add(new Candidate(label, command, way, more, Optional.empty()));
  }

  /** Adds a way that cannot be measured here. */
  void addMissing(String label, List<String> command, String why) {
    candidates.add(new Candidate(label, command, NOTHING, NOTHING, Optional.of(why)));
  }

  /** A way by the clock, and by the processors' time. */
  static MeasuredWay timed(Way way) {
    return () -> {
      double cpu = CpuTime.nanos();
      long start = System.nanoTime();
      way.run();
      double wall = System.nanoTime() - start;
      return Map.of(Measure.WALL_TIME, wall, Measure.CPU_TIME, CpuTime.nanos() - cpu);
    };
  }

  /**
   * Measures all ways, round by round.
   *
   * @param progress is told how much of this group is done
   * @return one series for each way, in the order in which they were added; sample {@code n} of
   *     each is of round {@code n}. One that failed has none, and says why
   */
  List<Series> run(int rounds, Progress progress) throws InterruptedException {
    int warmUp = (int) Math.ceil(rounds * WARM_UP);
    var order = new ArrayList<>(candidates);
    var random = new Random(SEED);
    for (int round = 1 - warmUp; round <= rounds; round++) {
      progress.at(group, (double) (round + warmUp - 1) / (rounds + warmUp));
      Collections.shuffle(order, random);
      for (Candidate candidate : order) {
        candidate.take(candidate.way, round);
      }
      if (round > 0 && round <= MORE) {
        for (Candidate candidate : order) {
          candidate.take(candidate.more, round);
        }
      }
    }
    return candidates.stream().map(candidate -> candidate.series(group)).toList();
  }
}
