package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class RealWorkTest {
  private static final Progress SILENT = (what, done) -> assertTrue(done >= 0 && done <= 1, what);
  private static final WorkSize TINY = new WorkSize(150, 150, 1, false, 5, 5, 1, Duration.ZERO);

  private static final Set<String> WITHOUT_JAVA = Set.of("git status", "tar", "sqlite");

  @Test
  void worksBehindEveryWall() throws Exception {
    var traces = new Traces();
    Section section = new RealWork(SearchPath.ofEnvironment()).measure(TINY, SILENT);
    Sections.assertWellFormed(section);
    for (Series series : section.series()) {
      String reason = series.missing().orElse("");
      assertTrue(
          reason.isEmpty()
              || reason.contains(" here (Debian: ")
              || reason.equals("takes too long for a quick run"),
          series.toString());
      if (reason.isEmpty()) {
        assertTrue(Sections.samples(series, Measure.CPU_TIME).getFirst() > 0, series.toString());
      }
    }
    // Needs nothing but the JDK.
    List<Series> http =
        section.series().stream().filter(series -> series.group().startsWith("HTTP")).toList();
    assertEquals(5, http.size());
    traces.assertNothingLeft();
  }

  @Test
  void saysWhichProgramsAreNotHere() throws Exception {
    var traces = new Traces();
    try (TemporaryFolder empty = TemporaryFolder.create()) {
      Section section =
          new RealWork(new SearchPath(List.of(empty.path())), WITHOUT_JAVA).measure(TINY, SILENT);
      Sections.assertWellFormed(section);
      for (String name : List.of("git", "tar", "sqlite3")) {
        assertTrue(
            section.series().stream()
                .anyMatch(series ->
                    series.missing().orElse("").contains(name)
                        && series.missing().orElse("").contains("apt install")),
            name);
      }
    }
    traces.assertNothingLeft();
  }

  @Test
  void saysWhatAFailingProgramSaid() throws Exception {
    var traces = new Traces();
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      program(folder.path(), "sqlite3", "echo 'out of luck' >&2; exit 3");
      program(folder.path(), "git", "echo 'no git today'; exit 1");
      Section section =
          new RealWork(new SearchPath(List.of(folder.path())), WITHOUT_JAVA).measure(TINY, SILENT);
      Sections.assertWellFormed(section);
      for (Series series : section.series()) {
        if (series.group().startsWith("sqlite,")) {
          // With full isolation /tmp is another one, and the program is not to be seen.
          assertEquals(
              series.label().equals(Layer.ALONE.text())
                  ? "could not be started: cannot execute"
                  : "ended with status 3: out of luck",
              series.missing().orElse("").split(" /", 2)[0]);
        }
      }
      assertEquals(
          "no git today",
          Sections.find(section, "git status", "unconfined, by ProcessBuilder")
              .missing()
              .orElse(""));
    }
    traces.assertNothingLeft();
  }

  private static void program(Path folder, String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
