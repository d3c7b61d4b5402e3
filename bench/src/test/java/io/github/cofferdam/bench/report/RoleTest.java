package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bench.result.Tool;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoleTest {
  private static final List<Double> SAMPLE = List.of(1.0);

  private static Role role(String label) {
    Series first = MadeUp.series("first", Measure.WALL_TIME, SAMPLE);
    Series series = MadeUp.series(label, Measure.WALL_TIME, SAMPLE);
    return Role.of(MadeUp.section(first, series), series, MadeUp.tools());
  }

  @Test
  void itIsKnownByItsLabel() {
    assertEquals(Role.FIRST, role("first"));
    assertEquals(Role.OURS, role("launcher, plain"));
    assertEquals(Role.OURS, role("Landlock + seccomp"));
    assertEquals(Role.OURS, role("bubblewrapper"));
    assertEquals(Role.OTHER, role("bubblewrap"));
    assertEquals(Role.OTHER, role("podman + runc"));
    assertEquals(Role.OTHER, role("Bubblewrap --unshare-all"));
    assertEquals(Role.OTHER, role("posix_spawn from C"));
    assertEquals(Role.OTHER, role("unshare"));
  }

  @Test
  void aLabelMayBePartOfAToolsName() {
    var tool = new Tool("Google nsjail", Optional.of("3.4"), Optional.empty());
    assertEquals(Role.OTHER, Role.of("nsjail", List.of(tool)));
    assertEquals(Role.OURS, Role.of("jail", List.of(tool)));
    assertEquals(Role.OURS, Role.of("", List.of(tool)));
  }

  @Test
  void onlyAComparisonOfSeveralHasAFirst() {
    Series series = MadeUp.series("launcher", Measure.WALL_TIME, SAMPLE);
    assertEquals(Role.OURS, Role.of(MadeUp.section(series), series, List.of()));
    Series point =
        new Series(
            "group", "launcher", Optional.of(1.0), List.of(), series.samples(), Optional.empty());
    var curve = new Section("id", "", "", Section.Form.CURVE, "", List.of(point, point));
    assertEquals(Role.OURS, Role.of(curve, point, List.of()));
  }
}
