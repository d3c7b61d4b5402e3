package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Series;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class StartToExitTest {
  @Test
  void ourOwnWaysOfStartingAStaticProgramAreMeasured() throws Exception {
    Path target = StaticTarget.create();
    Path path = Objects.requireNonNull(target.getParent());
    try (var _ = new TemporaryFolder(path);
        Walls walls = Walls.readOnly(path)) {
      var turns = new TakingTurns("static program");
      StartToExit.addOwn(turns, target, walls);
      List<Series> all = turns.run(3, (what, done) -> {});
      assertEquals("ProcessBuilder", all.getFirst().label());
      assertTrue(all.getFirst().samples().containsKey(Measure.WALL_TIME));
      for (Series series : all) {
        // A host may lack namespaces or Landlock: then it says so.
        int rounds = series.missing().isPresent() ? 0 : 3;
        assertEquals(
            rounds,
            series.samples().getOrDefault(Measure.WALL_TIME, List.of()).size(),
            series::label);
        assertEquals(
            rounds,
            series.samples().getOrDefault(Measure.CPU_TIME, List.of()).size(),
            series::label);
        assertFalse(series.command().isEmpty(), series::label);
        series.missing().ifPresent(why -> System.out.println(series.label() + ": " + why));
      }
    }
    assertFalse(Files.exists(path));
  }
}
