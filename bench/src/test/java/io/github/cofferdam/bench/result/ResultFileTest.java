package io.github.cofferdam.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
  @TempDir Path folder;

  private static BenchResult result() {
    return new BenchResult(
        BenchResult.FORMAT,
        "2026-11-22T02:00:00Z",
        true,
        new Machine("cpu", 2, 4L << 30, "6.18", "Debian", "25", "0.1.0", 0, List.of("load 0.1")),
        List.of(
            new Tool("bubblewrap", Optional.of("0.8.0"), Optional.empty()),
            new Tool("firejail", Optional.empty(), Optional.of("not installed"))),
        List.of(
            new Section(
                "start",
                "Start to exit",
                "about",
                Section.Form.COMPARISON,
                "",
                List.of(
                    new Series(
                        "static program",
                        "ProcessBuilder",
                        Optional.empty(),
                        List.of("target"),
                        Map.of(Measure.WALL_TIME, List.of(1.5, 2.0, 1e9)),
                        Optional.empty()))),
            new Section(
                "threads",
                "Threads",
                "about",
                Section.Form.CURVE,
                "threads",
                List.of(
                    new Series(
                        "g",
                        "l",
                        Optional.of(2.0),
                        List.of(),
                        Map.of(),
                        Optional.of("no time"))))));
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    Path file = folder.resolve("result.json");
    ResultFile.write(file, result());
    assertEquals(result(), ResultFile.read(file));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void errorsNameFileAndPlace() throws Exception {
    Path file = folder.resolve("result.json");
    Files.writeString(file, "{\n  \"quick\": true,\n  nonsense\n}\n");
    IOException error = assertThrows(IOException.class, () -> ResultFile.read(file));
    assertTrue(String.valueOf(error.getMessage()).startsWith(file + ":3:"), error.getMessage());
    Files.writeString(file, "{\"format\": \"x\"}");
    error = assertThrows(IOException.class, () -> ResultFile.read(file));
    assertTrue(String.valueOf(error.getMessage()).contains("'started'"), error.getMessage());
    Files.writeString(file, "[]");
    assertThrows(IOException.class, () -> ResultFile.read(file));
  }

  @Test
  void anotherFormatIsRefused() throws Exception {
    Path file = folder.resolve("result.json");
    ResultFile.write(file, result());
    String text = Files.readString(file).replace("cofferdam-bench/1", "cofferdam-bench/9");
    Files.writeString(file, text);
    IOException error = assertThrows(IOException.class, () -> ResultFile.read(file));
    assertEquals(
        file + ": format cofferdam-bench/9, expected cofferdam-bench/1", error.getMessage());
  }
}
