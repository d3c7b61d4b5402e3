package io.github.cofferdam.sandbox;

import static io.github.cofferdam.policy.ProtectionState.ENFORCED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the report of a run calls enforced is not got around by any of the attempts on it, on
 * whatever kernel this is; each policy asks for all that the host has ({@code best-effort}). What
 * was found is published, from which {@code .ci/kernels} makes {@code docs/kernels.md}.
 */
@Tag("kernel")
class ReportedProtectionsTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "PATH", "/usr/bin:/bin",
          "AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          "GITHUB_TOKEN", "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
          "JAVA_TOOL_OPTIONS", "-Dcofferdam.test=1");

  /** A published value must not be empty. */
  private static final String NONE = "-";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path directory;
  private Process bystander;
  private String bystanderFacts;
  private PseudoTerminal terminal;
  private Fd inherited;
  private int fixtures;

  private static @Nullable Results free;

  /** By protection, the attempts with what came of them. */
  private record Results(Map<String, Map<String, String>> byProtection) {
    static Results of(String text) {
      var all = new TreeMap<String, Map<String, String>>();
      for (String line : text.lines().toList()) {
        String[] words = line.split(" ", 3);
        assertTrue(words.length == 3, text);
        all.computeIfAbsent(words[0], name -> new LinkedHashMap<>()).put(words[1], words[2]);
      }
      return new Results(all);
    }

    List<String> through(Protection protection) {
      var through = new ArrayList<String>();
      byProtection
          .getOrDefault(protection.key(), Map.of())
          .forEach((attempt, result) -> {
            if (result.equals("through")) {
              through.add(attempt);
            }
          });
      return through;
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    assumeTrue(Files.isExecutable(Path.of(Sandboxed.PYTHON)), "no " + Sandboxed.PYTHON);
    directory = temporary.toRealPath();
    bystander =
        new ProcessBuilder(
                Sandboxed.PYTHON, "-Ic", ProtectionAttempts.BYSTANDER, directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader reader = bystander.inputReader(StandardCharsets.UTF_8);
    bystanderFacts = String.valueOf(reader.readLine());
    terminal = PseudoTerminal.open(TerminalSize.DEFAULT);
    // A copy without close-on-exec.
    inherited =
        Fd.owning(
            Syscall.call(Syscall.number("fcntl"), 2, Uapi.F_DUPFD(), 200), "fcntl", "copy stderr");
  }

  @AfterEach
  void giveBack() throws Exception {
    if (inherited != null) {
      inherited.close();
    }
    if (terminal != null) {
      terminal.close();
    }
    if (bystander != null) {
      bystander.destroyForcibly().waitFor();
    }
  }

  /** {@return the script's parameters, for files that nobody has used} */
  private List<String> parameters() throws IOException {
    Path base = Files.createDirectory(directory.resolve("run" + fixtures++));
    Path outside = Files.createDirectory(base.resolve("outside"));
    Path work = Files.createDirectory(base.resolve("work"));
    for (String name : List.of("file", "victim", "old", "metadata", "no-mode")) {
      Files.writeString(outside.resolve(name), "untouched\n");
    }
    Files.setPosixFilePermissions(
        outside.resolve("no-mode"), PosixFilePermissions.fromString("---------"));
    Files.writeString(
        Files.createDirectory(outside.resolve("blocked")).resolve("secret"), "secret\n");
    Files.writeString(Files.createDirectory(work.resolve("protected")).resolve("file"), "mine\n");
    Path id = Path.of("/usr/bin/id").toRealPath();
    if (Sandboxed.isHostsRoot()) {
      id = Files.copy(id, outside.resolve("id"));
      Files.setAttribute(id, "unix:uid", 65534);
      Files.setAttribute(id, "unix:mode", 04755);
    }
    var parameters =
        new ArrayList<>(
            List.of(
                "outside=" + outside,
                "work=" + work,
                "sockets=" + directory,
                "terminal=" + terminal.path(),
                "descriptor=" + inherited.number(),
                "machine=" + ProcessHandle.current().pid(),
                "setuid=" + id,
                "namespaces=" + namespaces()));
    parameters.addAll(List.of(bystanderFacts.split(" ")));
    parameters.addAll(ProtectionAttempts.numbers());
    return parameters;
  }

  private static String namespaces() throws IOException {
    var all = new StringBuilder();
    for (String kind : List.of("user", "pid", "mnt", "ipc", "uts")) {
      all.append(Files.readSymbolicLink(Path.of("/proc/self/ns", kind))).append(',');
    }
    return all.toString();
  }

  /** {@return the directory of a run} */
  private static Path of(String name, List<String> parameters) {
    for (String parameter : parameters) {
      if (parameter.startsWith(name + "=")) {
        return Path.of(parameter.substring(name.length() + 1));
      }
    }
    throw new IllegalArgumentException(name);
  }

  /** What would happen without a sandbox; the same for all tests, so it is tried once. */
  private Results free() throws IOException, InterruptedException {
    if (free == null) {
      free = runFree();
    }
    return free;
  }

  private Results runFree() throws IOException, InterruptedException {
    List<String> parameters = parameters();
    var command =
        new ArrayList<>(
            List.of(
                Sandboxed.PYTHON,
                "-Ic",
                "import os, sys; os.dup2(2, int(sys.argv[1])); os.execv(sys.argv[2],"
                    + " sys.argv[2:])",
                Integer.toString(inherited.number()),
                Sandboxed.PYTHON,
                "-Ic",
                ProtectionAttempts.script()));
    command.addAll(parameters);
    var builder = new ProcessBuilder(command).directory(of("work", parameters).toFile());
    builder.environment().clear();
    builder.environment().putAll(ENVIRONMENT);
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return Results.of(text);
  }

  private static Policy.Builder policy(Isolation isolation, Mode mode) {
    return Policy.builder()
        .isolation(isolation)
        .mode(mode)
        .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT));
  }

  private static Outcome run(Policy policy, Path directory, List<String> command)
      throws IOException, InterruptedException {
    return Sandboxed.runOnce(Sandbox.of(policy), directory, command);
  }

  /** A protection without an attempt would pass for one that holds. */
  @Test
  void everyProtectionHasAttempts() {
    assertEquals(List.of(Protection.values()), ProtectionAttempts.covered());
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, READONLY, NONE",
    "BASIC, WORKSPACE_WRITE, NONE",
    "BASIC, FULL_ACCESS, NONE",
    "BASIC, WORKSPACE_WRITE, LISTED",
    "BASIC, WORKSPACE_WRITE, FULL",
    "NAMESPACE, READONLY, NONE",
    "NAMESPACE, WORKSPACE_WRITE, NONE",
    "NAMESPACE, FULL_ACCESS, NONE",
    "NAMESPACE, WORKSPACE_WRITE, LISTED",
    "NAMESPACE, WORKSPACE_WRITE, FULL"
  })
  void whatTheReportCallsEnforcedHolds(
      Isolation isolation, Mode mode, Network.Access access, TestReporter reporter)
      throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Results free = free();
    List<String> parameters = parameters();
    Policy policy =
        policy(isolation, mode)
            .network(
                Network.DEFAULT.withAccess(access).withUnixSockets(access == Network.Access.FULL))
            .blocked(of("outside", parameters).resolve("blocked").toString())
            .limit(Resource.OPEN_FILES, Limit.of(64))
            .build();
    if (isolation == Isolation.NAMESPACE && mode == Mode.WORKSPACE_WRITE) {
      // Nothing else keeps what lies in the workspace from being written.
      Path names = of("work", parameters).resolve("protected");
      policy = policy.toBuilder().readExecute("/", names.toString()).build();
    }
    var command = new ArrayList<>(List.of(Sandboxed.PYTHON, "-Ic", ProtectionAttempts.script()));
    command.addAll(parameters);

    Outcome outcome = run(policy, of("work", parameters), command);

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> Sandboxed.text(outcome));
    Results confined = Results.of(Sandboxed.text(outcome));
    List<String> broken = new ArrayList<>();
    for (EnforcedProtection entry : outcome.enforcement().orElseThrow().protections()) {
      Protection protection = entry.protection();
      if (protection == Protection.TREE_KILL) {
        continue;
      }
      List<String> through = confined.through(protection);
      publish(reporter, isolation, mode, access, entry, through, free.through(protection).size());
      if (entry.state() == ENFORCED && !through.isEmpty()) {
        broken.add(entry + ", but not against " + through);
      }
    }
    assertEquals(List.of(), broken, () -> Sandboxed.text(outcome));
  }

  private static void publish(
      TestReporter reporter,
      Isolation isolation,
      Mode mode,
      Network.Access access,
      EnforcedProtection entry,
      List<String> through,
      int shown) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("isolation", isolation.key());
    fields.put("mode", mode.key() + words(access));
    fields.put("protection", entry.protection().key());
    fields.put("state", entry.state().key());
    fields.put("through", through.isEmpty() ? NONE : String.join(" ", through));
    fields.put("shown", Integer.toString(shown));
    fields.put("detail", entry.detail());
    reporter.publishEntry(fields);
  }

  private static String words(Network.Access access) {
    return switch (access) {
      case FULL -> ", network and Unix sockets allowed";
      case LISTED -> ", network by rules";
      case NONE, LOOPBACK -> "";
    };
  }

  /** A tree that does not want to end, and takes its supervisor with it where it can. */
  @ParameterizedTest
  @CsvSource({
    "BASIC, READONLY",
    "BASIC, FULL_ACCESS",
    "NAMESPACE, READONLY",
    "NAMESPACE, FULL_ACCESS"
  })
  void noneOfATreeOutlivesTheRunIfTheReportSaysSo(
      Isolation isolation, Mode mode, TestReporter reporter) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    String marker = Sandboxed.marker();
    String script =
        "exec >/dev/null 2>&1; setsid sleep $0 & (setsid setsid sleep $0 &) ; kill -KILL $PPID;"
            + " sleep 0.2";

    Outcome outcome =
        run(
            policy(isolation, mode).timeout(Duration.ofMinutes(2)).build(),
            directory,
            List.of("sh", "-c", script, marker));

    EnforcedProtection entry = outcome.enforcement().orElseThrow().of(Protection.TREE_KILL);
    List<String> left = left(marker);
    publish(
        reporter,
        isolation,
        mode,
        Network.Access.NONE,
        entry,
        left.isEmpty() ? left : List.of("sleep"),
        1);
    if (entry.state() == ENFORCED) {
      assertEquals(List.of(), left, outcome::toJson);
      assertEquals(new Ending.Exited(0), outcome.ending());
    }
  }

  /** {@return what is left of a tree a while after its end; it is ended here} */
  private static List<String> left(String marker) throws IOException, InterruptedException {
    List<String> left = Sandboxed.processesWith(marker);
    for (int attempt = 0; attempt < 50 && !left.isEmpty(); attempt++) {
      Thread.sleep(20);
      left = Sandboxed.processesWith(marker);
    }
    for (String process : left) {
      long pid = Long.parseLong(process.substring(0, process.indexOf(' ')));
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    return left;
  }

  /** What a strict policy comes to here: for the table, and never half a run. */
  @ParameterizedTest
  @CsvSource({
    "BASIC, READONLY",
    "BASIC, WORKSPACE_WRITE",
    "BASIC, FULL_ACCESS",
    "NAMESPACE, READONLY",
    "NAMESPACE, WORKSPACE_WRITE",
    "NAMESPACE, FULL_ACCESS"
  })
  void aStrictPolicyRunsWithAllOfItOrNotAtAll(Isolation isolation, Mode mode, TestReporter reporter)
      throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Policy policy = Policy.builder().isolation(isolation).mode(mode).build();

    Outcome outcome = run(policy, directory, List.of("sh", "-c", "echo ran"));

    List<EnforcedProtection> unmet = outcome.enforcement().orElseThrow().unmet();
    List<String> missing = unmet.stream().map(entry -> entry.protection().key()).toList();
    if (missing.isEmpty()) {
      Sandboxed.assertPrints("ran\n", outcome);
    } else {
      String reason = Sandboxed.assertRefused(outcome);
      missing.forEach(name -> assertTrue(reason.contains("\n  " + name + ": "), reason));
    }
    var fields = new LinkedHashMap<String, String>();
    fields.put("isolation", isolation.key());
    fields.put("mode", mode.key());
    fields.put("protection", "strict");
    fields.put("state", missing.isEmpty() ? "runs" : "refused");
    fields.put("detail", missing.isEmpty() ? NONE : String.join(" ", missing));
    reporter.publishEntry(fields);
  }
}
