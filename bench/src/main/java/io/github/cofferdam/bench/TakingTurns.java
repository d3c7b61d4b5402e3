package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several ways of doing a thing, measured in one run.
 *
 * <p>They take turns, once each, so that whatever else the machine does falls on all of them. What
 * counts is the ratio of medians within a run; microseconds of different runs cannot be compared.
 */
final class TakingTurns {
  /** Rounds that are thrown away, as a share of those that count. */
  private static final double WARM_UP = 0.25;

  private final List<Candidate> candidates = new ArrayList<>();

  /** Does the thing once. */
  interface Way {
    void run() throws Exception;
  }

  /** Does the thing once, and says how many nanoseconds of that count. */
  interface TimedWay {
    long run() throws Exception;
  }

  private record Candidate(String name, TimedWay way, List<Long> nanos) {}

  /** Adds a way all of whose time counts; the first one is what others are compared with. */
  void addTimed(String name, Way way) {
    add(
        name,
        () -> {
          long start = System.nanoTime();
          way.run();
          return System.nanoTime() - start;
        });
  }

  /** Adds a way that measures itself; the first one is what others are compared with. */
  void add(String name, TimedWay way) {
    candidates.add(new Candidate(name, way, new ArrayList<>()));
  }

  /** Measures and prints. */
  void run(String what, int rounds) throws Exception {
    int warmUp = (int) (rounds * WARM_UP);
    for (int round = -warmUp; round < rounds; round++) {
      for (int i = 0; i < candidates.size(); i++) {
        Candidate candidate = candidates.get(Math.floorMod(i + round, candidates.size()));
        long nanos = candidate.way.run();
        if (round >= 0) {
          candidate.nanos.add(nanos);
        }
      }
    }
    System.out.printf(
        "%s, Linux %s, Java %s, %d rounds%n",
        Arch.host(), System.getProperty("os.version"), Runtime.version(), rounds);
    System.out.printf("%-50s%10s%10s%10s%8s%n", what + ", us", "p10", "median", "p90", "ratio");
    double base = Double.NaN;
    for (Candidate candidate : candidates) {
      long[] sorted = candidate.nanos.stream().mapToLong(Long::longValue).toArray();
      Arrays.sort(sorted);
      double median = at(sorted, 0.5);
      base = Double.isNaN(base) ? median : base;
      System.out.printf(
          "%-50s%10.0f%10.0f%10.0f%8.2f%n",
          candidate.name, at(sorted, 0.1), median, at(sorted, 0.9), median / base);
    }
  }

  private static double at(long[] sorted, double quantile) {
    return sorted[(int) (quantile * (sorted.length - 1))] / 1000.0;
  }
}
