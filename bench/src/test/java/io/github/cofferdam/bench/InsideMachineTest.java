package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class InsideMachineTest {
  private static final Progress SILENT = (what, done) -> assertTrue(done >= 0 && done <= 1, what);

  @Test
  void everyBenchmarkRunsInThisMachine() throws Exception {
    var traces = new Traces();
    try (TemporaryFolder empty = TemporaryFolder.create()) {
      Section section =
          new InsideMachine(new SearchPath(List.of(empty.path())))
              .measure(new InsideMachine.Size(0, 0, 2, 1), SILENT);
      Sections.assertWellFormed(section);
      for (Series series : section.series()) {
        String missing = series.missing().orElse("");
        if (series.label().startsWith("JN") && HeapGrowth.unreadable().isPresent()) {
          // They look for their native libraries in jars that this user may not be able to read.
          assertTrue(missing.isEmpty() || missing.contains("LinkError"), series.toString());
        } else {
          assertEquals(
              series.label().equals("loop in C") ? CProgram.COMPILER.missing() : "",
              missing,
              series.toString());
        }
      }
    }
    traces.assertNothingLeft();
  }
}
