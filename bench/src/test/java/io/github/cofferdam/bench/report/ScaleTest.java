package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ScaleTest {
  private static Scale over(List<Double> figures) {
    return Scale.over(figures, Scale.Round.DECIMAL);
  }

  @Test
  void aNarrowRangeBeginsAtZero() {
    Scale scale = over(List.of(300.0, 950.0));
    assertFalse(scale.logarithmic());
    assertEquals(List.of(0.0, 200.0, 400.0, 600.0, 800.0, 1000.0), scale.ticks());
    assertEquals(0, scale.place(0));
    assertEquals(0.5, scale.place(500));
    assertEquals(1, scale.place(2000), "beyond the end");
    assertEquals("", scale.words());
  }

  @Test
  void aWideRangeIsLogarithmic() {
    assertFalse(over(List.of(1.0, 20.0)).logarithmic());
    assertTrue(over(List.of(1.0, 20.1)).logarithmic());
    Scale scale = over(List.of(2e5, 3e8));
    assertEquals(List.of(1e5, 1e6, 1e7, 1e8, 1e9), scale.ticks());
    assertEquals(0.5, scale.place(1e7), 1e-9);
    assertEquals("logarithmic scale", scale.words());
    assertTrue(over(List.of(1e-9, 1e15)).ticks().size() <= 8);
  }

  @Test
  void partsOfFewPowersAreMarked() {
    assertEquals(List.of(2.0, 5.0, 10.0, 20.0, 50.0), over(List.of(2.0, 50.0)).ticks());
    assertEquals(List.of(1.0, 2.0, 5.0, 10.0, 20.0, 50.0), over(List.of(1.5, 42.0)).ticks());
  }

  @Test
  void bytesAreRoundInPowersOfTwo() {
    Scale scale = Scale.over(List.of(700e3, 5e6), Scale.Round.BINARY);
    assertEquals(
        List.of(0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
        scale.ticks().stream().map(x -> x / (1 << 20)).toList());
    scale = Scale.over(List.of(1500.0, 300e3), Scale.Round.BINARY);
    assertEquals(
        List.of(1.0, 4.0, 16.0, 64.0, 256.0, 1024.0),
        scale.ticks().stream().map(x -> x / 1024).toList());
  }

  @Test
  void zeroStandsApart() {
    Scale scale = over(List.of(0.0, 1.0, 1000.0));
    assertTrue(scale.zeroApart());
    assertEquals(0.0, scale.ticks().getFirst());
    assertEquals(0, scale.place(0));
    assertTrue(scale.place(1) > 0.1);
    assertTrue(scale.words().contains("zero apart"));
  }

  @Test
  void belowZeroItIsLinear() {
    Scale scale = over(List.of(-5.0, 1.0, 1000.0));
    assertFalse(scale.logarithmic());
    assertTrue(scale.place(-5.0) > 0);
    assertTrue(scale.place(-5.0) < scale.place(0));
  }

  @Test
  void nothingAtAllHasAnAxis() {
    assertEquals(0, over(List.of(0.0)).place(0));
    assertEquals(0, over(List.of()).place(0));
  }

  @Test
  void aParameterIsMarkedWhereItWasMeasured() {
    List<Double> threads = List.of(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0);
    Scale scale = Scale.ofParameter(threads);
    assertEquals(threads, scale.ticks());
    assertEquals(0, scale.place(1));
    assertEquals(1, scale.place(64));
    assertEquals(List.of(1.0, 1000.0), Scale.ofParameter(List.of(1.0, 1.1, 1000.0)).ticks());
    assertEquals(
        List.of(0.0, 1.0, 10.0, 100.0), Scale.ofParameter(List.of(0.0, 1.0, 10.0, 100.0)).ticks());
  }

  @Property
  void placesRiseAndTicksAreOnTheAxis(
      @ForAll @Size(min = 1, max = 20) List<@DoubleRange(min = -1e3, max = 1e12) Double> figures,
      @ForAll Scale.Round round) {
    Scale scale = Scale.over(figures, round);
    List<Double> sorted = figures.stream().sorted().toList();
    for (int i = 1; i < sorted.size(); i++) {
      assertTrue(scale.place(sorted.get(i - 1)) <= scale.place(sorted.get(i)));
    }
    assertTrue(scale.ticks().size() >= 2, scale::toString);
    assertTrue(scale.ticks().size() <= 9, scale::toString);
    for (int i = 1; i < scale.ticks().size(); i++) {
      double distance = scale.place(scale.ticks().get(i)) - scale.place(scale.ticks().get(i - 1));
      assertTrue(distance > 0.05, scale::toString);
    }
  }
}
