package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final String FIRST = "ProcessBuilder";
  private static final String OURS = "full isolation";
  private static final String TOOL = "bubblewrap";

  /** {@return a result in which what is ours and a tool take so many times the usual} */
  private static BenchResult run(long seed, double machine, double ours, double tool) {
    var random = new Random(seed);
    return MadeUp.result(
        MadeUp.tools(),
        MadeUp.section(
            time(FIRST, samples(random, 100 * machine)),
            time(OURS, samples(random, 80 * machine * ours)),
            time(TOOL, samples(random, 500 * machine * tool))));
  }

  private static Series time(String label, List<Double> samples) {
    return MadeUp.series(label, Measure.WALL_TIME, samples);
  }

  private static List<Double> samples(Random random, double median) {
    var samples = new ArrayList<Double>();
    for (int i = 0; i < 300; i++) {
      samples.add(median * Math.exp(0.1 * random.nextGaussian()));
    }
    return samples;
  }

  private static Change change(Comparison comparison, String label) {
    return comparison.changes().stream()
        .filter(change -> change.name().label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theSameIsTheSame() {
    BenchResult result = run(1, 1, 1, 1);
    Comparison comparison = Comparison.of(result, result);
    assertEquals(3, comparison.changes().size());
    for (Change change : comparison.changes()) {
      assertEquals(Verdict.SAME, change.verdict());
      assertEquals(1, change.clock().orElseThrow().value());
    }
    assertFalse(comparison.regressed());
    assertEquals(List.of(), comparison.warnings());
    comparison = Comparison.of(result, run(2, 1, 1, 1));
    assertFalse(comparison.regressed());
    assertEquals(Verdict.SAME, change(comparison, OURS).verdict());
  }

  @Test
  void whatIsSlowerIsSeenInBothWays() {
    Comparison comparison = Comparison.of(run(1, 1, 1, 1), run(2, 1, 1.1, 1));
    Change change = change(comparison, OURS);
    assertEquals("slower (both)", change.words());
    assertTrue(change.relative().orElseThrow().interval().orElseThrow().contains(1.1));
    assertTrue(change.clock().orElseThrow().interval().orElseThrow().contains(1.1));
    assertTrue(comparison.regressed());
    assertEquals(Verdict.SAME, change(comparison, TOOL).verdict());
    Comparison back = Comparison.of(run(2, 1, 1.1, 1), run(1, 1, 1, 1));
    assertEquals("faster (both)", change(back, OURS).words());
    assertFalse(back.regressed());
  }

  @Test
  void aSlowMachineIsNoRegression() {
    Comparison comparison = Comparison.of(run(1, 1, 1, 1), run(2, 1.5, 1, 1));
    Change change = change(comparison, OURS);
    assertEquals(Verdict.WORSE, change.byClock());
    assertEquals(Verdict.SAME, change.verdict());
    assertEquals("no difference seen (medians alone: slower)", change.words());
    assertEquals(Verdict.WORSE, change(comparison, FIRST).verdict());
    assertFalse(comparison.regressed());
  }

  @Test
  void aFastMachineHidesNoRegression() {
    Comparison comparison = Comparison.of(run(1, 1, 1, 1), run(2, 0.8, 1.25, 1));
    Change change = change(comparison, OURS);
    assertEquals(Verdict.SAME, change.byClock());
    assertEquals("slower (against the first; medians: no difference seen)", change.words());
    assertTrue(comparison.regressed());
  }

  @Test
  void anotherToolIsNotOurRegression() {
    Comparison comparison = Comparison.of(run(1, 1, 1, 1), run(2, 1, 1, 2));
    assertEquals(Verdict.WORSE, change(comparison, TOOL).verdict());
    assertFalse(comparison.regressed());
  }

  @Test
  void aSmallDifferenceDoesNotCount() {
    var ratio = new Ratio(1.02, Optional.of(new Interval(1.01, 1.03)));
    assertEquals(Verdict.SAME, Verdict.of(Measure.WALL_TIME, ratio));
    ratio = new Ratio(1.05, Optional.of(new Interval(0.99, 1.11)));
    assertEquals(Verdict.SAME, Verdict.of(Measure.WALL_TIME, ratio));
    ratio = new Ratio(1.05, Optional.of(new Interval(1.01, 1.09)));
    assertEquals(Verdict.WORSE, Verdict.of(Measure.WALL_TIME, ratio));
    assertEquals(Verdict.BETTER, Verdict.of(Measure.RATE, ratio));
    ratio = new Ratio(0.5, Optional.of(new Interval(0.4, 0.6)));
    assertEquals(Verdict.BETTER, Verdict.of(Measure.PEAK_MEMORY, ratio));
    assertEquals(Verdict.WORSE, Verdict.of(Measure.RATE, ratio));
    assertEquals(Verdict.UNKNOWN, Verdict.of(Measure.RATE, new Ratio(9, Optional.empty())));
  }

  @Test
  void curvesAreComparedPointByPoint() {
    Comparison comparison = Comparison.of(curve(1000, 2000), curve(1000, 1500));
    assertEquals(Verdict.SAME, comparison.changes().get(0).verdict());
    Change change = comparison.changes().get(1);
    assertEquals("launcher at 2", change.name().way());
    assertEquals(Optional.empty(), change.relative());
    assertEquals("slower", change.words());
    assertTrue(comparison.regressed());
    // Rates of different machines say nothing.
    assertFalse(Comparison.of(curve(1000, 2000), elsewhere(curve(1000, 1500))).regressed());
  }

  private static BenchResult curve(double... rates) {
    var random = new Random(3);
    List<Series> points =
        IntStream.range(0, rates.length)
            .mapToObj(i ->
                MadeUp.point(
                    "starts", "launcher", i + 1, Map.of(Measure.RATE, samples(random, rates[i]))))
            .toList();
    return MadeUp.result(
        List.of(), new Section("threads", "", "", Section.Form.CURVE, "threads", points));
  }

  private static BenchResult elsewhere(BenchResult result) {
    Machine machine = result.machine();
    return new BenchResult(
        result.format(),
        result.started(),
        true,
        new Machine(
            "another",
            machine.cpus(),
            machine.memory(),
            "5.10",
            machine.distribution(),
            machine.java(),
            machine.cofferdam(),
            machine.uid(),
            List.of()),
        result.tools(),
        result.sections());
  }

  @Test
  void differentMachinesAreWarnedAbout() {
    BenchResult result = run(1, 1, 1, 1);
    Comparison comparison = Comparison.of(result, elsewhere(run(2, 1, 1.3, 1)));
    assertEquals(
        List.of(
            "not the same processor: AMD EPYC 7B13, then another",
            "not the same kernel: 6.18.5, then 5.10",
            "not the same quick run: false, then true"),
        comparison.warnings());
    assertTrue(comparison.text().contains("warning: not the same kernel: 6.18.5, then 5.10"));
    assertTrue(comparison.regressed(), "the ratio to the first is that of the same machine");
  }

  @Test
  void whatOnlyOneHasIsListed() {
    BenchResult before =
        MadeUp.result(
            List.of(),
            MadeUp.section(time(FIRST, List.of(1.0)), time("old", List.of(1.0))),
            new Section("none", "", "", Section.Form.COMPARISON, "", List.of()));
    BenchResult after =
        MadeUp.result(
            List.of(),
            MadeUp.section(
                time(FIRST, List.of(1.0)),
                MadeUp.missing("group", "old", "gone"),
                time("new", List.of(1.0))));
    Comparison comparison = Comparison.of(before, after);
    assertEquals(List.of("start, group, old: time"), comparison.onlyBefore());
    assertEquals(List.of("start, group, new: time"), comparison.onlyAfter());
    assertEquals(1, comparison.changes().size());
    assertEquals("too few samples", comparison.changes().getFirst().words());
    assertTrue(comparison.text().contains("Only before:\n  start, group, old: time\n"));
    assertTrue(comparison.markdown().contains("Only after:\n\n- start, group, new: time\n"));
    assertFalse(comparison.regressed());
  }

  @Test
  void zerosAreCompared() {
    BenchResult zero = MadeUp.result(List.of(), MadeUp.section(time(FIRST, List.of(0.0, 0.0))));
    BenchResult one = MadeUp.result(List.of(), MadeUp.section(time(FIRST, List.of(1.0, 1.0))));
    assertEquals("too few samples", Comparison.of(zero, one).changes().getFirst().words());
    assertTrue(Comparison.of(one, zero).text().contains("–"));
    BenchResult empty = MadeUp.result(List.of());
    assertTrue(Comparison.of(empty, empty).text().contains("0 figures in both"));
  }

  @Test
  void columnsAreAligned() {
    String text = Comparison.of(run(1, 1, 1, 1), run(2, 1, 1.1, 1)).text();
    List<String> table =
        text.lines().dropWhile(line -> !line.contains("verdict")).limit(4).toList();
    var ends =
        table.stream()
            .map(line -> Pattern.compile("before|\\d ns").matcher(line))
            .map(matcher -> matcher.find() ? matcher.end() : -1)
            .collect(Collectors.toSet());
    assertEquals(1, ends.size(), text);
    assertTrue(text.contains("slower (both) !"), text);
    assertTrue(text.contains("Regressions of Cofferdam, marked with !: 1."), text);
  }

  @Test
  void namesDoNoHarm() {
    String evil = "\u001b[2J\u202e|x`\n<b>";
    BenchResult result = MadeUp.result(List.of(), MadeUp.section(time(evil, List.of(1.0))));
    Comparison comparison = Comparison.of(result, result);
    assertTrue(comparison.text().contains("\ufffd[2J\ufffd|x` <b>"), comparison.text());
    assertTrue(
        comparison.markdown().contains("| \ufffd\\[2J\ufffd\\|x\\` &lt;b&gt; |"),
        comparison.markdown());
  }
}
