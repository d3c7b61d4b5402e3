package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bench.result.Measure;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitTest {
  private static String time(double nanoseconds) {
    return Unit.figure(Measure.WALL_TIME, nanoseconds).replace('\u00a0', ' ');
  }

  @Test
  void figuresHaveThreeDigits() {
    assertEquals("0", time(0));
    assertEquals("0.500 ns", time(0.5));
    assertEquals("42.0 ns", time(42));
    assertEquals("771 µs", time(771_234));
    assertEquals("1.00 ms", time(999_900), "rounded before the unit is chosen");
    assertEquals("237 ms", time(236_809_000));
    assertEquals("4.10 s", time(4.1e9));
    assertEquals("12,300 s", time(1.23e13));
    assertEquals("-1.50 µs", time(-1500));
    assertEquals("1,230/s", Unit.figure(Measure.RATE, 1234));
    assertEquals("12", Unit.figure(Measure.THREADS, 12));
    assertEquals("2.50", Unit.figure(Measure.DESCRIPTORS, 2.5));
    assertEquals("1.00\u00a0KiB", Unit.figure(Measure.MEMORY, 1024));
    assertEquals("1.50\u00a0KiB", Unit.figure(Measure.PEAK_MEMORY, 1536));
  }

  @Test
  void anAxisHasNoZerosAtTheEnd() {
    assertEquals("1\u00a0ms", Unit.tick(Measure.WALL_TIME, 1e6));
    assertEquals("1.5\u00a0ms", Unit.tick(Measure.WALL_TIME, 1.5e6));
    assertEquals("100\u00a0µs", Unit.tick(Measure.WALL_TIME, 1e5));
    assertEquals("300\u00a0ns", Unit.tick(Measure.WALL_TIME, 0.1 * 3000));
    assertEquals("8,000/s", Unit.tick(Measure.RATE, 8000));
  }

  @Test
  void aColumnHasOneUnit() {
    Unit unit = Unit.ofColumn(Measure.WALL_TIME, 3e6, List.of(3e6, 0.4e6, 237e6));
    assertEquals("time, ms", unit.head("time"));
    assertEquals("0.400", unit.number(0.4e6));
    assertEquals("237.000", unit.number(237e6));
    unit = Unit.ofColumn(Measure.THREADS, 3, List.of(3.0, 1200.0, 0.0));
    assertEquals("threads", unit.head("threads"));
    assertEquals("1,200", unit.number(1200));
  }

  @Test
  void otherNumbers() {
    assertEquals("0.335", Unit.ratio(0.3351));
    assertEquals("268", Unit.ratio(267.8));
    assertEquals("12,346", Unit.ratio(12345.6));
    assertEquals("1.00e-07", Unit.ratio(1e-7));
    assertEquals("0", Unit.ratio(0));
    assertEquals("4.2\u00a0%", Unit.percent(0.0421));
    assertEquals("25\u00a0%", Unit.percent(0.25));
    assertEquals("1,000", Unit.parameter(1000));
    assertEquals("0.25", Unit.parameter(0.25));
  }
}
