package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.ResultFile;
import io.github.cofferdam.bench.result.Section;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BenchMainTest {
  @TempDir private Path folder;

  private final FakeQuestion one = new FakeQuestion("one");
  private final FakeQuestion two = new FakeQuestion("two");
  private final FakeQuestion three = new FakeQuestion("three");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** On a machine with no program at all. */
  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return new BenchMain(
            SearchPath.of(""),
            List.of(one, two, three),
            Optional.empty(),
            new PrintWriter(out),
            new PrintWriter(err))
        .execute(args);
  }

  private int runInto(Path output, String... args) {
    return run(
        Stream.concat(Stream.of("--output", output.toString()), Stream.of(args))
            .toArray(String[]::new));
  }

  private static List<String> sections(Path output) throws Exception {
    return ResultFile.read(output.resolve("result.json")).sections().stream()
        .map(Section::id)
        .toList();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments(List.of("--quik"), "--quick"),
        arguments(List.of("surplus"), "surplus"),
        arguments(List.of("--output"), "--output"),
        arguments(List.of("--only", "one,four"), "no section four; there are: one, two, three"),
        arguments(List.of("compare"), "OLD"),
        arguments(List.of("compare", "a"), "NEW"),
        arguments(List.of("compare", "a", "b", "c"), "c"),
        arguments(List.of("compare", "/no/such", "/no/such"), "/no/such: no such file"),
        arguments(List.of("compare", "/etc/passwd", "/etc/passwd"), "/etc/passwd"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreExplained(List<String> args, String expected) {
    int status = run(args.toArray(String[]::new));
    assertAll(
        () -> assertEquals(2, status, err::toString),
        () -> assertTrue(err.toString().contains(expected), err::toString),
        () -> assertTrue(err.toString().startsWith("cofferdam bench: "), err::toString),
        () -> assertFalse(err.toString().contains("\tat "), err::toString),
        () -> assertEquals("", out.toString()),
        () -> assertEquals(0, one.times()));
  }

  @Test
  void helpAndListMeasureNothing() {
    assertEquals(0, run("--help"));
    for (String word : List.of("--quick", "--output", "--only", "--list", "compare")) {
      assertTrue(out.toString().contains(word), out::toString);
    }
    assertEquals(0, run("compare", "--help"));
    assertTrue(out.toString().contains("OLD"), out::toString);
    assertEquals(0, run("--list"));
    assertEquals("one\ntwo\nthree\n", out.toString());
    assertEquals(0, one.times());
  }

  @Test
  void aRunLeavesItsFilesAndATable() throws Exception {
    Path output = folder.resolve("deep/result");
    assertEquals(0, runInto(output, "--quick"), err::toString);
    BenchResult result = ResultFile.read(output.resolve("result.json"));
    assertAll(
        () -> assertEquals(List.of("one", "two", "three"), sections(output)),
        () -> assertTrue(result.quick()),
        () -> assertEquals(Effort.QUICK, one.effort()),
        () -> assertFalse(result.tools().isEmpty()),
        () -> assertTrue(result.tools().stream().allMatch(tool -> tool.missing().isPresent())),
        () -> assertTrue(Files.exists(output.resolve("report.html"))),
        () -> assertTrue(Files.exists(output.resolve("report.md"))),
        () -> assertTrue(out.toString().contains("first"), out::toString),
        () -> assertTrue(out.toString().contains("0.50"), out::toString),
        () -> assertTrue(out.toString().contains("not here"), out::toString),
        () -> assertTrue(err.toString().contains("[3/3] three  100%"), err::toString));
  }

  @Test
  void whatIsFinishedIsNeverOverwritten() throws Exception {
    assertEquals(0, runInto(folder));
    byte[] before = Files.readAllBytes(folder.resolve("result.json"));
    assertEquals(2, runInto(folder));
    assertTrue(err.toString().contains("never overwritten"), err::toString);
    assertEquals(2, runInto(folder, "--only", "two"));
    assertEquals(
        new String(before, StandardCharsets.UTF_8),
        Files.readString(folder.resolve("result.json")));
    assertEquals(1, one.times());
  }

  @Test
  void aRunGoesOnWhereItEnded() throws Exception {
    two.fails(true);
    assertEquals(1, runInto(folder));
    assertTrue(err.toString().contains("section two has failed"), err::toString);
    assertEquals(List.of("one", "three"), sections(folder));
    two.fails(false);
    assertEquals(0, runInto(folder));
    assertEquals(List.of("one", "two", "three"), sections(folder));
    assertEquals(List.of(1, 2, 1), List.of(one.times(), two.times(), three.times()));
  }

  @Test
  void sectionsCanBeMeasuredOneByOne() throws Exception {
    assertEquals(0, runInto(folder, "--only", "three"));
    assertEquals(List.of("three"), sections(folder));
    assertEquals(0, runInto(folder, "--only", "three,one"));
    assertEquals(List.of("one", "three"), sections(folder));
    assertEquals(1, three.times());
  }

  @Test
  void anotherRunIsNotGoneOnWith() throws Exception {
    two.fails(true);
    runInto(folder);
    assertEquals(2, runInto(folder, "--quick"));
    assertTrue(err.toString().contains("not --quick"), err::toString);
    Path file = folder.resolve("result.json");
    String kernel = ResultFile.read(file).machine().kernel();
    Files.writeString(file, Files.readString(file).replace(kernel, "1.2.13"));
    assertEquals(2, runInto(folder));
    assertTrue(err.toString().contains("its kernel: 1.2.13"), err::toString);
    Files.writeString(file, "{");
    assertEquals(2, runInto(folder));
    assertTrue(err.toString().contains("not a result"), err::toString);
  }

  @Test
  void aResultComparesToItself() {
    runInto(folder);
    String file = folder.resolve("result.json").toString();
    assertEquals(0, run("compare", file, file), err::toString);
    assertFalse(out.toString().isEmpty());
  }
}
