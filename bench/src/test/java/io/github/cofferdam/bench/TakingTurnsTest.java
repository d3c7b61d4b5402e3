package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TakingTurnsTest {
  private static final Progress SILENT = (what, done) -> {};

  private final List<String> turns = new ArrayList<>();

  /** Counts its own rounds, warm-up included. */
  private TakingTurns.MeasuredWay counting(String name) {
    var count = new int[1];
    return () -> {
      turns.add(name);
      return Map.of(Measure.WALL_TIME, (double) count[0]++);
    };
  }

  private TakingTurns three() {
    var all = new TakingTurns("group");
    for (String name : List.of("a", "b", "c")) {
      all.addMeasured(name, List.of(name), counting(name));
    }
    return all;
  }

  @Test
  void eachHasOneTurnInEachRoundAndTheOrderDiffers() throws Exception {
    List<Series> series = three().run(100, SILENT);
    assertEquals(3 * 125, turns.size());
    var orders = new HashSet<List<String>>();
    for (int round = 0; round < 125; round++) {
      List<String> order = turns.subList(3 * round, 3 * round + 3);
      assertEquals(List.of("a", "b", "c"), order.stream().sorted().toList());
      orders.add(List.copyOf(order));
    }
    assertEquals(6, orders.size());
    // Rounds of warm-up do not count, and sample n is of round n.
    for (Series each : series) {
      List<Double> samples = each.samples().getOrDefault(Measure.WALL_TIME, List.of());
      assertEquals(100, samples.size());
      assertEquals(25.0, samples.getFirst());
      assertEquals(124.0, samples.getLast());
    }
    assertEquals(List.of("a", "b", "c"), series.stream().map(Series::label).toList());
  }

  @Test
  void theOrdersAreTheSameInEachRun() throws Exception {
    three().run(20, SILENT);
    var before = List.copyOf(turns);
    turns.clear();
    three().run(20, SILENT);
    assertEquals(before, turns);
    assertNotEquals(before.subList(0, 30), before.subList(30, 60));
  }

  @Test
  void whatIsMeasuredBesideComesLastInItsRound() throws Exception {
    var all = new TakingTurns("group");
    all.addMeasured(
        "a",
        List.of(),
        counting("a"),
        () -> {
          turns.add("more");
          return Map.of(Measure.PEAK_MEMORY, 7.0);
        });
    all.addMeasured("b", List.of(), counting("b"));
    Series first = all.run(40, SILENT).getFirst();
    assertEquals(10, first.samples().getOrDefault(Measure.PEAK_MEMORY, List.of()).size());
    assertEquals(40, first.samples().getOrDefault(Measure.WALL_TIME, List.of()).size());
    for (int i = turns.indexOf("more"); i < turns.lastIndexOf("more"); i += 3) {
      assertEquals("more", turns.get(i));
    }
  }

  @Test
  void oneThatFailsIsOutAndSaysWhen() throws Exception {
    var all = new TakingTurns("group");
    all.addMeasured("a", List.of(), counting("a"));
    TakingTurns.MeasuredWay count = counting("b");
    all.addMeasured(
        "b",
        List.of(),
        () -> {
          Map<Measure, Double> figures = count.run();
          if (figures.containsValue(14.0)) {
            throw new IOException("no more");
          }
          return figures;
        });
    all.addMissing("c", List.of(), "not here");
    List<Series> series = all.run(40, SILENT);
    assertEquals(40, series.get(0).samples().getOrDefault(Measure.WALL_TIME, List.of()).size());
    assertEquals(Map.of(), series.get(1).samples());
    assertEquals(Optional.of("failed in round 5: no more"), series.get(1).missing());
    assertEquals(Optional.of("not here"), series.get(2).missing());
    assertEquals(15, turns.stream().filter("b"::equals).count());
  }

  @Test
  void timeByTheClockAndOfTheProcessorsIsTaken() throws Exception {
    var all = new TakingTurns("group");
    all.addTimed("busy", List.of(), TakingTurnsTest::burn);
    all.addTimed("idle", List.of(), () -> Thread.sleep(20));
    List<Series> series = all.run(3, SILENT);
    double busy = series.get(0).samples().getOrDefault(Measure.CPU_TIME, List.of(0.0)).getFirst();
    double idle = series.get(1).samples().getOrDefault(Measure.WALL_TIME, List.of(0.0)).getFirst();
    assertTrue(busy >= 5e6, () -> "busy for " + busy);
    assertTrue(idle >= 20e6, () -> "idle for " + idle);
  }

  /** Until this process has used 5 ms of processor time, however long that takes. */
  private static void burn() {
    double end = CpuTime.nanos() + 5e6;
    while (CpuTime.nanos() < end) {
      Thread.onSpinWait();
    }
  }
}
