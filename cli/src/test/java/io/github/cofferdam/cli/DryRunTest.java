package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --dry-run} prints what a real run does, and does nothing. */
@Tag("kernel")
class DryRunTest {
  private static final Pattern STEP = Pattern.compile("(launcher|init|command): ((\\w+)\\(.*)");
  private static final Pattern CALL = Pattern.compile("(\\d+) +(\\w+)\\(.*");

  /** The C library's first call in a thread of the virtual machine. */
  private static final String OF_A_NEW_THREAD = "rseq";

  @TempDir private Path directory;

  private List<String> steps(String isolation, String... command) {
    var args =
        new ArrayList<>(
            List.of(
                "run",
                "--dry-run",
                "--isolation",
                isolation,
                "--timeout",
                "20s",
                "--limit",
                "open_files=64",
                "--mode",
                "workspace-write",
                "--workspace",
                directory.toString(),
                "--"));
    args.addAll(List.of(command));
    String out = Cofferdam.run(args.toArray(String[]::new)).expect(0).out();
    return out.lines().takeWhile(line -> !line.isEmpty()).toList();
  }

  private static int index(List<String> steps, String text) {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).contains(text)) {
        return i;
      }
    }
    throw new AssertionError("no step " + text + " in\n" + String.join("\n", steps));
  }

  private static void assertOrder(List<String> steps, String... texts) {
    int last = -1;
    for (String text : texts) {
      int index = index(steps, text);
      assertTrue(index > last, () -> text + " comes too early in\n" + String.join("\n", steps));
      last = index;
    }
  }

  @Test
  void whatWouldBeMadeIsListed() {
    Path made = directory.resolve("new").resolve("deep");
    String[] words = {"run", "--dry-run", "--create", "--rw", made.toString(), "--", "true"};
    List<String> lines =
        Cofferdam.run(words).expect(0).out().lines().filter(l -> l.startsWith("create: ")).toList();
    assertEquals(List.of("create: " + made.getParent(), "create: " + made), lines);
    assertFalse(Files.exists(made.resolveSibling("")));
  }

  @Test
  void stepsAreInOrderAndNothingRuns() {
    Path marker = directory.resolve("marker");
    List<String> steps = steps("basic", "touch", marker.toString());
    assertFalse(Files.exists(marker));
    assertOrder(
        steps,
        "close_range(",
        "setpgid(0, 0)",
        "capset(",
        "PR_SET_NO_NEW_PRIVS",
        "clone(",
        "setsid()",
        "chdir(",
        "prlimit64(",
        "landlock_create_ruleset({handled_access_fs=EXECUTE",
        "seccomp(",
        "execve(");
    assertEquals(steps.size() - countOf(steps, "execve("), index(steps, "seccomp(") + 1);
  }

  @Test
  void namespacesComeBeforeMountsAndMountsBeforeCapabilitiesAreGone() {
    List<String> steps = steps("namespace", "/bin/true");
    assertOrder(
        steps,
        "close_range(",
        "setpgid(0, 0)",
        "unshare(CLONE_NEWUSER)",
        "uid_map",
        "gid_map",
        "unshare(CLONE_NEWPID",
        "launcher: clone(",
        "init: mount",
        "capset(",
        "PR_SET_NO_NEW_PRIVS",
        "init: clone(",
        "prlimit64(",
        "landlock_restrict_self(",
        "seccomp(",
        "execve(");
    assertEquals(steps.size() - 2, index(steps, "seccomp("));
  }

  private static int countOf(List<String> steps, String text) {
    return (int) steps.stream().filter(step -> step.contains(text)).count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void aRealRunMakesTheSameCalls(String isolation) throws Exception {
    Path strace = Path.of("/usr/bin/strace");
    assumeTrue(Files.isExecutable(strace), "no strace");
    Path trace = directory.resolve("trace");
    var words = new ArrayList<>(List.of(strace.toString(), "-f", "-o", trace.toString()));
    words.addAll(Cofferdam.words());
    words.addAll(
        List.of(
            "run",
            "--isolation",
            isolation,
            "--timeout",
            "20s",
            "--limit",
            "open_files=64",
            "--mode",
            "workspace-write",
            "--workspace",
            directory.toString(),
            "--",
            "/bin/true"));
    Cofferdam.Result result = Cofferdam.run(new ProcessBuilder(words));
    assumeTrue(!result.err().contains("PTRACE"), result::err);
    result.expect(0);

    var expected = new LinkedHashMap<String, List<String>>();
    for (String line : steps(isolation, "/bin/true")) {
      Matcher step = STEP.matcher(line);
      assertTrue(step.matches(), line);
      expected
          .computeIfAbsent(step.group(1), role -> new ArrayList<>())
          .add(Objects.requireNonNull(step.group(3)));
    }
    List<List<String>> actual = callsOf(Files.readAllLines(trace));
    assertEquals(expected.size(), actual.size(), actual::toString);
    int process = 0;
    for (Map.Entry<String, List<String>> role : expected.entrySet()) {
      // A process that stays to look after the others goes on with calls of its own.
      List<String> calls = actual.get(process++);
      int length = Math.min(role.getValue().size(), calls.size());
      assertEquals(role.getValue(), calls.subList(0, length), role.getKey());
    }
  }

  /**
   * The calls of the launcher's processes, each from its first own call to the command's execve.
   */
  private static List<List<String>> callsOf(List<String> trace) {
    var calls = new LinkedHashMap<String, List<String>>();
    var others = new HashSet<String>();
    for (String line : trace) {
      Matcher call = CALL.matcher(line);
      if (!call.matches()) {
        continue;
      }
      String pid = Objects.requireNonNull(call.group(1));
      String name = Objects.requireNonNull(call.group(2));
      if (calls.isEmpty()) {
        others.add(pid);
        if (line.contains("[\"cofferdam\"]")) {
          others.remove(pid);
          calls.put(pid, new ArrayList<>());
        }
      } else if (name.equals(OF_A_NEW_THREAD)) {
        others.add(pid);
      } else if (!others.contains(pid)) {
        calls.computeIfAbsent(pid, key -> new ArrayList<>()).add(name);
        if (name.equals("execve")) {
          break;
        }
      }
    }
    return List.copyOf(calls.values());
  }
}
