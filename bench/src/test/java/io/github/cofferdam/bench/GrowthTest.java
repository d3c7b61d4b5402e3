package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class GrowthTest {
  private static final Progress SILENT = (what, done) -> assertTrue(done >= 0 && done <= 1, what);
  private static final Duration LIMIT = Duration.ofSeconds(5);

  @Test
  void threadsStartProcessesTogether() throws Exception {
    var traces = new Traces();
    var size = new ThreadGrowth.Size(List.of(1, 3), 2, Duration.ofMillis(5), LIMIT);
    Section section = new ThreadGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    Sections.assertComplete(section);
    assertEquals(8, section.series().size());
    for (Series series : section.series()) {
      assertTrue(Sections.samples(series, Measure.RATE).stream().allMatch(rate -> rate > 0));
    }
    traces.assertNothingLeft();
  }

  @Test
  void sandboxesLiveAtTheSameTime() throws Exception {
    var traces = new Traces();
    var size = new LiveGrowth.Size(List.of(1, 4), 1);
    Section section = new LiveGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    Sections.assertComplete(section);
    for (Series series : section.series()) {
      if (series.label().equals("supervisor")) {
        // A few pages, and not the command's or the virtual machine's.
        double memory = Sections.samples(series, Measure.MEMORY).getFirst();
        assertTrue(memory >= 4096 && memory < 1 << 20, series.toString());
      }
      if (series.samples().containsKey(Measure.DESCRIPTORS)) {
        assertEquals(
            2, Sections.samples(series, Measure.DESCRIPTORS).getFirst(), series.toString());
      }
    }
    traces.assertNothingLeft();
  }

  @Test
  void moreSandboxesThanAllowedAreMissing() throws Exception {
    var traces = new Traces();
    var size = new LiveGrowth.Size(List.of(1, 100_000_000), 1);
    Section section = new LiveGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    for (Series series : section.series()) {
      assertEquals(series.at().orElseThrow() > 1, series.missing().isPresent(), series.toString());
    }
    traces.assertNothingLeft();
  }

  @Test
  void filtersOfEverySizeAllowTheCall() throws Exception {
    var traces = new Traces();
    // More rules than there are system calls.
    var size = new FilterGrowth.Size(List.of(1, 20, 900), 2, 20, LIMIT);
    Section section = new FilterGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    for (Series series : section.series()) {
      boolean ours = series.label().equals("Cofferdam");
      assertTrue(!ours || series.missing().isEmpty(), series.toString());
      if (ours && series.group().endsWith("by an argument")) {
        assertTrue(
            series.command().toString().matches(".*\\d+ instructions, \\d+ executed.*"),
            series.toString());
      }
    }
    traces.assertNothingLeft();
  }

  @Test
  void landlockGrantsTheFileByManyRules() throws Exception {
    var traces = new Traces();
    var size = new LandlockGrowth.Size(List.of(1, 7), 2, 20, LIMIT);
    Section section = new LandlockGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    Sections.assertComplete(section);
    assertEquals(8, section.series().size());
    traces.assertNothingLeft();
  }

  @Test
  void landlockGrantsTheFileInTheDepth() throws Exception {
    var traces = new Traces();
    var size = new LandlockDepth.Size(List.of(1, 9), 2, 20, LIMIT);
    Section section = new LandlockDepth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    Sections.assertComplete(section);
    assertEquals(4, section.series().size());
    traces.assertNothingLeft();
  }

  @Test
  void virtualMachinesOfOtherHeapsStartProcesses() throws Exception {
    var traces = new Traces();
    var size = new HeapGrowth.Size(List.of(32L, 64L), 32, 1, 1, 3);
    Section section = new HeapGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    assertEquals(4, section.series().size());
    for (Series series : section.series()) {
      // An unprivileged user may not be able to read the class path, which is then the reason.
      if (series.missing().isPresent()) {
        assertTrue(series.missing().get().startsWith("this user cannot read"), series.toString());
      } else {
        assertEquals(3, Sections.samples(series, Measure.WALL_TIME).size());
        String memory = series.at().orElseThrow() > 32 ? "only reserved" : "touched";
        assertEquals(memory, series.command().getLast());
      }
    }
    traces.assertNothingLeft();
  }

  @Test
  void aVirtualMachineThatDoesNotStartIsMissing() throws Exception {
    var traces = new Traces();
    // Smaller than any heap may be.
    var size = new HeapGrowth.Size(List.of(0L), 0, 1, 1, 3);
    Section section = new HeapGrowth().measure(size, SILENT);
    Sections.assertWellFormed(section);
    assertTrue(section.series().stream().allMatch(series -> series.missing().isPresent()));
    traces.assertNothingLeft();
  }
}
