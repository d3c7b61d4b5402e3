package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The status tells how it ended, and the report tells it beyond doubt. */
@Tag("kernel")
class ExitStatusTest {
  @TempDir private Path directory;

  static Stream<Arguments> endings() {
    return Stream.of(
        arguments(List.of("--", "true"), 0, "exited", ""),
        arguments(List.of("--", "sh", "-c", "exit 7"), 7, "exited", ""),
        arguments(List.of("--", "sh", "-c", "exit 124"), 124, "exited", ""),
        arguments(List.of("--", "sh", "-c", "kill -9 $$"), 137, "signalled", ""),
        arguments(
            List.of("--isolation=namespace", "--", "sh", "-c", "kill -9 $$"), 137, "signalled", ""),
        arguments(
            List.of("--timeout", "300ms", "--", "sleep", "60"),
            124,
            "timed_out",
            "ended after 0.3 s"),
        arguments(List.of("--", "/etc/passwd"), 126, "not_executable", "/etc/passwd"),
        arguments(List.of("--", "/etc"), 126, "not_executable", "/etc"),
        arguments(List.of("--", "no-such-command-x"), 127, "not_found", "no-such-command-x"),
        arguments(List.of("--", "/no/such/command"), 127, "not_found", "/no/such/command"),
        arguments(
            List.of("--policy", example("workspace-write.toml"), "--", "sh", "-c", "rm -rf /x"),
            125,
            "refused",
            "refused: "),
        arguments(
            List.of("--workspace", "/no/such/directory", "--", "true"),
            125,
            "refused",
            "/no/such/directory"));
  }

  private static String example(String name) {
    return Cofferdam.ROOT.resolve("examples").resolve(name).toString();
  }

  @ParameterizedTest
  @MethodSource("endings")
  void statusAndReportSayHowItEnded(List<String> arguments, int status, String kind, String message)
      throws Exception {
    Path file = directory.resolve("report.json");
    var args = new ArrayList<>(List.of("run", "--report", file.toString()));
    args.addAll(arguments);
    Cofferdam.Result result = Cofferdam.run(args.toArray(String[]::new)).expect(status);
    assertEquals("", result.out());
    if (message.isEmpty()) {
      assertEquals("", result.err());
    } else {
      assertTrue(result.err().contains(message), result.err());
    }
    Map<String, Object> report = Json.object(Files.readString(file));
    assertEquals(kind, report.get("kind"));
    assertEquals((long) status, report.get("status"));
    List<String> command = arguments.subList(arguments.indexOf("--") + 1, arguments.size());
    assertEquals(command, report.get("argv"));
    boolean ran = List.of("exited", "signalled", "timed_out").contains(kind);
    assertEquals(ran, report.containsKey("usage"), report::toString);
    assertEquals(kind.equals("exited"), report.containsKey("exit_code"), report::toString);
    assertEquals(kind.equals("signalled"), report.containsKey("signal"), report::toString);
    assertEquals(
        kind.equals("refused") ? 1 : 0,
        ((List<?>) Objects.requireNonNull(report.get("refusals"))).size());
    // Refusals, and the search in PATH, come before it is worked out what would hold.
    assertTrue(!ran || !Json.objects(report, "enforcement").isEmpty(), report::toString);
  }

  @Test
  void aTimeoutLeavesNothing() throws Exception {
    for (String isolation : List.of("basic", "namespace")) {
      String seconds = Survivors.uniqueSeconds();
      long start = System.nanoTime();
      Cofferdam.run(
              Cofferdam.shell(
                  "(setsid sh -c 'setsid sleep " + seconds + " & exit 0' &); exec sleep " + seconds,
                  "--timeout",
                  "1s",
                  "--isolation",
                  isolation))
          .expect(124);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertEquals(List.of(), Survivors.of(seconds), isolation);
      assertTrue(took.compareTo(Duration.ofSeconds(1)) >= 0, took::toString);
      // Two seconds on a machine with nothing else to do.
      assertTrue(took.compareTo(Duration.ofSeconds(15)) < 0, took::toString);
    }
  }

  @Test
  void whatTheCommandLeavesBehindEndsWithIt() throws Exception {
    String seconds = Survivors.uniqueSeconds();
    Cofferdam.run(Cofferdam.shell("(setsid sleep " + seconds + " >/dev/null 2>&1 &); exit 5"))
        .expect(5);
    assertEquals(List.of(), Survivors.of(seconds));
  }

  @Test
  void aRefusedCommandDoesNotRunAndNamesItsRule() {
    Cofferdam.Result result =
        Cofferdam.run(
                "run",
                "--policy",
                example("workspace-write.toml"),
                "--workspace",
                directory.toString(),
                "--",
                "sh",
                "-c",
                "touch " + directory + "/ran; rm -rf /x")
            .expect(125);
    assertTrue(result.err().contains("rm"), result.err());
    assertFalse(Files.exists(directory.resolve("ran")));
  }

  @Test
  void mistakesEndWith125() {
    Cofferdam.run("run", "--nonsense", "--", "true").expect(125);
    Cofferdam.run("run", "--policy", directory + "/none.toml", "--", "true").expect(125);
  }

  @Test
  void aReportIsNotWrittenThroughALink() throws Exception {
    Path target = Files.writeString(directory.resolve("target"), "precious");
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    Path marker = directory.resolve("marker");
    Cofferdam.Result result =
        Cofferdam.run(
            Cofferdam.shell(
                "touch " + marker,
                "--report",
                link.toString(),
                "--mode",
                "workspace-write",
                "--workspace",
                directory.toString()));
    result.expect(125);
    assertTrue(result.err().contains(link.toString()), result.err());
    assertEquals("precious", Files.readString(target));
    assertTrue(Files.isSymbolicLink(link));
    assertFalse(Files.exists(marker, LinkOption.NOFOLLOW_LINKS), "it ran without a report");
  }

  @Test
  void aRefusalIsNoOutputOfTheCommand() throws Exception {
    Path file = directory.resolve("report.json");
    Cofferdam.run(
            Cofferdam.shell(
                "echo 'cofferdam: refused: not true' >&2; exit 125", "--report", file.toString()))
        .expect(125);
    Map<String, Object> report = Json.object(Files.readString(file));
    assertEquals("exited", report.get("kind"));
    assertEquals(125L, report.get("exit_code"));
  }
}
