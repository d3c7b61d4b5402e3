package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people read after a typing error: one message, what would be right, status 125, and nothing
 * was run.
 */
class UsageTest {
  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments(List.of("run", "--polcy", "p", "--", "true"), "--policy"),
        arguments(List.of("run", "--net=none"), "COMMAND"),
        arguments(List.of("run", "--"), "COMMAND"),
        arguments(List.of("run", "--mode"), "--mode"),
        arguments(List.of("run", "--mode", "readonly", "--mode", "readonly", "true"), "--mode"),
        arguments(List.of("doctr"), "there is no command \"doctr\"; did you mean doctor?"),
        arguments(List.of("rn", "--", "true"), "there is no command \"rn\"; did you mean run?"),
        arguments(List.of("policy", "chekc", "f"), "\"chekc\"; did you mean check?"),
        arguments(List.of("help", "policy", "shw"), "\"shw\"; did you mean show?"),
        arguments(List.of("policy", "check"), "FILE"),
        arguments(List.of("policy", "check", "a", "surplus"), "surplus"),
        arguments(List.of("doctor", "--jsno"), "--json"),
        arguments(List.of("bench", "--quick"), "./cofferdam bench"),
        arguments(List.of("bench", "compare", "old", "new"), "./cofferdam bench"),
        arguments(List.of("bench", "--quick", "compare"), "OLD"),
        arguments(
            List.of("run", "--mode", "read-only", "true"),
            "--mode read-only is none of: readonly, workspace-write, full-access"),
        arguments(
            List.of("run", "--net", "off", "true"),
            "--net off is none of: none, loopback, listed, full"),
        arguments(
            List.of("run", "--net", "none", "--allow-host", "example.org", "true"),
            "--net none contradicts --allow-host"),
        arguments(
            List.of("run", "--net", "none", "--allow-port", "443", "true"),
            "--net none contradicts --allow-port"),
        arguments(
            List.of("run", "--net", "none", "--listen", "8080", "true"),
            "--net none contradicts --listen"),
        arguments(
            List.of("run", "--allow-host", "http://example.org/", "true"),
            "--allow-host: \"http://example.org/\" is not a host"),
        arguments(
            List.of("run", "--deny-host", "127.1", "true"),
            "--deny-host: \"127.1\" is neither a name nor an address"),
        arguments(
            List.of("run", "--net", "listed", "--allow-port", "443", "true"),
            "--allow-port: the list of hosts that are allowed is empty"),
        arguments(
            List.of("run", "--listen", "localhost:80", "true"),
            "--listen: \"localhost:80\" says not where to listen"),
        arguments(
            List.of("run", "--isolation", "vm", "true"),
            "--isolation vm is none of: auto, basic, namespace"),
        arguments(
            List.of("run", "--enforcement", "lax", "true"),
            "--enforcement lax is none of: strict, best-effort"),
        arguments(
            List.of("run", "--timeout", "soon", "true"),
            "--timeout: expected a duration such as \"500ms\", \"30s\", \"5m\" or \"2h\", found"
                + " \"soon\""),
        arguments(List.of("run", "--timeout", "0s", "true"), "a duration must be above zero"),
        arguments(
            List.of("run", "--limit", "open_files", "true"),
            "--limit open_files has no value; write NAME=VALUE"),
        arguments(List.of("run", "--limit", "open_flies=3", "true"), "open_files"),
        arguments(
            List.of("run", "--limit", "open_files=many", "true"),
            "expected a whole number such as 256, or \"unlimited\", found \"many\""),
        arguments(
            List.of("run", "--limit", "cpu_percent_limit=0", "true"),
            "limit cpu_percent_limit: expected at least 1, found 0"),
        arguments(List.of("run", "--env", "=value", "true"), "variable"),
        arguments(List.of("run", "--env", "", "true"), "variable"),
        arguments(List.of("run", "--audit", "", "true"), "path"),
        arguments(List.of("run", "--ro", "", "true"), "path"),
        arguments(List.of("run", "--workspace", "", "true"), "path"),
        arguments(
            List.of("run", "--policy", "/no/such/policy.toml", "true"), "/no/such/policy.toml"),
        arguments(List.of("run", "--policy", "/etc", "true"), "/etc"));
  }

  /** As with --help and --version. */
  @Test
  void helpAndVersionAreCommandsToo() {
    assertEquals(
        InProcess.run("policy", "check", "--help").out(),
        InProcess.run("help", "policy", "check").out());
    assertEquals(InProcess.run("--help").out(), InProcess.run("help").out());
    assertEquals(InProcess.run("--version").out(), InProcess.run("version").out());
    assertEquals(0, InProcess.run("help", "run").status());
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreExplained(List<String> args, String expected) {
    InProcess result = InProcess.run(args.toArray(String[]::new));
    assertAll(
        () -> assertEquals(125, result.status(), result.err()),
        () -> assertTrue(result.err().contains(expected), result.err()),
        () -> assertTrue(result.err().startsWith("cofferdam: "), result.err()),
        () -> assertFalse(result.err().contains("\tat "), result.err()),
        () -> assertEquals("", result.out()));
  }

  @Test
  void withoutASubcommandTheUsageIsPrinted() {
    InProcess result = InProcess.run();
    assertEquals(125, result.status());
    assertTrue(result.err().contains("Usage: cofferdam"), result.err());
    assertEquals(125, InProcess.run("policy").status());
  }

  @Test
  void helpNamesEverything() {
    InProcess main = InProcess.run("--help");
    assertEquals(0, main.status());
    for (String word : List.of("run", "doctor", "policy", "seccomp", "bench", "--version")) {
      assertTrue(main.out().contains(word), main.out());
    }
    InProcess run = InProcess.run("run", "--help");
    assertEquals(0, run.status());
    for (String option :
        List.of(
            "--policy",
            "--mode",
            "--workspace",
            "--ro",
            "--rx",
            "--rw",
            "--block",
            "--bind",
            "--keep-capability",
            "--hostname",
            "--net",
            "--isolation",
            "--env",
            "--timeout",
            "--limit",
            "--audit",
            "--enforcement",
            "--dry-run",
            "--report")) {
      assertTrue(run.out().contains(option), option);
    }
    assertTrue(run.out().contains("124"), run.out());
    for (String subcommand : List.of("check", "show")) {
      InProcess help = InProcess.run("policy", subcommand, "--help");
      assertEquals(0, help.status());
      assertTrue(help.out().contains("FILE"), help.out());
    }
    assertEquals(0, InProcess.run("doctor", "-h").status());
  }

  @Test
  void versionIsPrinted() {
    InProcess result = InProcess.run("--version");
    assertEquals(0, result.status());
    assertTrue(result.out().startsWith("cofferdam "), result.out());
  }
}
