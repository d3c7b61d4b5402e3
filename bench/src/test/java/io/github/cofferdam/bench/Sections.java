package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** What holds for every section. */
final class Sections {
  private Sections() {}

  static void assertWellFormed(Section section) {
    assertFalse(section.series().isEmpty(), section.id());
    assertFalse(section.title().isEmpty(), section.id());
    assertFalse(section.about().isEmpty(), section.id());
    boolean curve = section.form() == Section.Form.CURVE;
    assertEquals(curve, !section.parameter().isEmpty(), section.id());
    var names = new HashSet<List<Object>>();
    for (Series series : section.series()) {
      String name = section.id() + ": " + series;
      assertTrue(names.add(List.of(series.group(), series.label(), series.at())), name);
      assertEquals(curve, series.at().isPresent(), name);
      assertFalse(series.command().isEmpty(), name);
      assertEquals(series.samples().isEmpty(), series.missing().isPresent(), name);
      for (Map.Entry<Measure, List<Double>> samples : series.samples().entrySet()) {
        assertFalse(samples.getValue().isEmpty(), name);
        assertTrue(samples.getValue().stream().allMatch(Double::isFinite), name);
      }
    }
    if (!curve) {
      assertSameRounds(section);
    }
  }

  /** Sample n of each series is of round n. */
  private static void assertSameRounds(Section section) {
    var rounds = new HashMap<String, Integer>();
    for (Series series : section.series()) {
      for (List<Double> samples : series.samples().values()) {
        int other = rounds.computeIfAbsent(series.group(), group -> samples.size());
        assertEquals(other, samples.size(), series.toString());
      }
    }
  }

  /** Fails if something is missing, and says why. */
  static void assertComplete(Section section) {
    for (Series series : section.series()) {
      assertEquals("", series.missing().orElse(""), series.toString());
    }
  }

  static List<Double> samples(Series series, Measure measure) {
    return series.samples().getOrDefault(measure, List.of());
  }

  static Series find(Section section, String group, String label) {
    return section.series().stream()
        .filter(series -> series.group().equals(group) && series.label().equals(label))
        .findFirst()
        .orElseThrow();
  }
}
