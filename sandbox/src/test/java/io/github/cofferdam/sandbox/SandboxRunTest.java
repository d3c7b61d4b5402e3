package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.CommandRule;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs and how they end, on this machine's kernel. */
@Tag("kernel")
class SandboxRunTest {
  @TempDir private Path temporary;
  private Path work;

  @BeforeEach
  void realPath() throws IOException {
    work = temporary.toRealPath();
  }

  // ---------------------------------------------------------------- endings

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 77, 124, 125, 127, 255})
  void exitCodesArrive(int code) throws Exception {
    Outcome outcome = sh(readonly().build(), work, "exit $1", code);

    assertEquals(new Ending.Exited(code), outcome.ending());
    assertEquals(code, outcome.ending().shellStatus());
    assertEquals(code == 0, outcome.success());
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 15, 11, 6, 2})
  void signalsArrive(int signal) throws Exception {
    Outcome outcome = sh(readonly().build(), work, "kill -$1 $$; sleep 1000", signal);

    assertEquals(new Ending.Signalled(signal), outcome.ending());
    assertEquals(128 + signal, outcome.ending().shellStatus());
    assertFalse(outcome.success());
  }

  @Test
  void anOutcomeSaysWhatHappened() throws Exception {
    long before = System.nanoTime();
    Outcome outcome =
        sh(readonly().build(), work, "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done");
    Duration most = Duration.ofNanos(System.nanoTime() - before);

    assertEquals(List.of("/bin/sh", "-c"), outcome.argv().subList(0, 2));
    assertFalse(outcome.runId().isEmpty());
    assertTrue(outcome.wallTime().compareTo(Duration.ZERO) > 0);
    assertTrue(outcome.wallTime().compareTo(most) <= 0);
    var usage = outcome.usage().orElseThrow();
    assertTrue(usage.maxResidentBytes() > 100_000, usage::toString);
    assertTrue(usage.userTime().plus(usage.systemTime()).compareTo(Duration.ZERO) > 0);
    assertEquals(
        Protection.values().length, outcome.enforcement().orElseThrow().protections().size());
    assertNotEquals(outcome.runId(), sh(readonly().build(), work, "true").runId());
  }

  /** RS-16. */
  @Test
  void aCommandCannotForgeItsOutcome() throws Exception {
    Outcome outcome =
        sh(
            readonly().timeout(Duration.ofMinutes(5)).build(),
            work,
            "echo '{\"kind\":\"timed_out\"}'; for fd in 3 4 5 6 7; do echo no >&$fd; done"
                + " 2>/dev/null; exit 124");

    assertEquals(new Ending.Exited(124), outcome.ending());
    assertTrue(outcome.toJson().contains("\"kind\":\"exited\""), outcome::toJson);
  }

  /** RS-10. */
  @ParameterizedTest
  @EachIsolation
  void theTimeoutEndsTheWholeTree(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    Policy policy = readonly().isolation(isolation).timeout(Duration.ofMillis(700)).build();

    Outcome outcome =
        sh(
            policy,
            work,
            """
            setsid sh -c 'trap "" TERM HUP INT; (setsid sh -c "trap \\"\\" TERM HUP; sleep $1; sleep $1" sh $1 &) & sleep $1' sh $1 &
            trap "" TERM
            sleep $1 & sleep $1
            sleep $1
            """,
            marker);

    assertEquals(new Ending.TimedOut(Duration.ofMillis(700)), outcome.ending());
    assertEquals(124, outcome.ending().shellStatus());
    assertTrue(outcome.wallTime().compareTo(Duration.ofMillis(700)) >= 0);
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void whatTheCommandLeftRunningEndsWithIt(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();

    Outcome outcome =
        Sandboxed.of(readonly().isolation(isolation).build())
            .command("sh", "-c", "setsid sleep $1 & (setsid sleep $1 &); exit 3", "sh", marker)
            .directory(work)
            .parentEnvironment(ENVIRONMENT)
            .stdout(Stdio.discard())
            .run();

    assertEquals(new Ending.Exited(3), outcome.ending());
    awaitProcesses(marker, 0);
  }

  @Test
  void anInterruptEndsTheTree() throws Exception {
    Sandboxed.assumeLandlockSuffices(readonly().build());
    String marker = marker();
    var thrown = new AtomicReference<Throwable>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                sh(readonly().build(), work, "setsid sleep $1 & sleep $1", marker);
              } catch (IOException | InterruptedException e) {
                thrown.set(e);
              }
            });
    // The shell and two sleeps.
    awaitProcesses(marker, 3);

    thread.interrupt();
    thread.join();

    assertInstanceOf(InterruptedException.class, thrown.get());
    awaitProcesses(marker, 0);
    assertEquals(List.of(), Sandboxed.temporaries());
  }

  // ---------------------------------------------------------------- nothing is run

  @Test
  void aMissingCommandIsNotFound() throws Exception {
    for (String name : List.of("no-such-command-here", "/no/such/command", "./no-such", "")) {
      Outcome outcome = Sandboxed.run(readonly().build(), work, List.of(name));
      assertTrue(
          outcome.ending() instanceof Ending.NotExecuted not
              && !not.found()
              && not.reason().contains(name),
          outcome::toJson);
      assertEquals(127, outcome.ending().shellStatus());
      assertEquals(Optional.empty(), outcome.usage());
    }
  }

  @Test
  void aFileThatIsNotExecutableIsFound() throws Exception {
    Path file = Files.writeString(work.resolve("file"), "echo no\n");

    for (String name : List.of(file.toString(), "./file", work.toString())) {
      Outcome outcome = Sandboxed.run(readonly().build(), work, List.of(name));
      assertTrue(
          outcome.ending() instanceof Ending.NotExecuted not && not.found(), outcome::toJson);
      assertEquals(126, outcome.ending().shellStatus());
    }
  }

  @Test
  void aDestructiveCommandIsNotRun() throws Exception {
    Policy policy = workspace().rule(new CommandRule("^touch ", Optional.empty(), true)).build();

    Outcome outcome = Sandboxed.run(policy, work, List.of("touch", "marker"));

    String reason = assertRefused(outcome);
    assertTrue(reason.contains("command_rules[0]") && reason.contains("\"^touch \""), reason);
    assertEquals(125, outcome.ending().shellStatus());
    assertFalse(Files.exists(work.resolve("marker")));
    assertEquals(Optional.empty(), outcome.usage());
    assertEquals(List.of(), Sandboxed.temporaries());
    assertRefused(sh(policy, work, "touch marker"));
    assertPrints("", Sandboxed.run(policy, work, List.of("mkdir", "marker")));
  }

  @Test
  void startThrowsWhatRunReports() {
    Sandbox sandbox =
        Sandboxed.of(readonly().rule(new CommandRule("rm", Optional.empty(), true)).build());

    assertThrows(RefusedException.class, () -> sandbox.start("rm", "x").close());
    var e =
        assertThrows(NotExecutedException.class, () -> sandbox.start("no-such-command").close());
    assertFalse(e.found());
    assertTrue(e.reason().startsWith("no command \"no-such-command\" in PATH="), e::reason);
    e = assertThrows(NotExecutedException.class, () -> sandbox.start("").close());
    assertFalse(e.found());
    assertEquals("the command's name is empty", e.reason());
    assertThrows(IllegalArgumentException.class, () -> sandbox.command(List.of()));
    assertThrows(IllegalArgumentException.class, () -> sandbox.command("true").captureOutput(0));
  }

  // ---------------------------------------------------------------- arguments, environment

  @Test
  void argumentsArriveByteForByte() throws Exception {
    byte[] bytes = new byte[256];
    for (int i = 1; i < 256; i++) {
      bytes[i - 1] = (byte) i;
    }
    bytes[255] = (byte) 0xff;
    String raw = OsText.decode(bytes, 0, bytes.length);

    Outcome outcome =
        Sandboxed.run(
            readonly().build(),
            work,
            List.of("printf", "%s|", raw, "", " a  b ", "\u00e4\ud83d\ude00"));

    byte[] rest = "|| a  b |\u00e4\ud83d\ude00|".getBytes(StandardCharsets.UTF_8);
    byte[] expected = Arrays.copyOf(bytes, bytes.length + rest.length);
    System.arraycopy(rest, 0, expected, bytes.length, rest.length);
    assertArrayEquals(expected, outcome.output().orElseThrow().outBytes());
  }

  /** IO-09. */
  @Test
  void secretsStayOutOfTheEnvironment() throws Exception {
    Policy policy =
        readonly()
            .environment(
                Environment.DEFAULT
                    .withPass(List.of("MY_TOKEN"))
                    .withBlock(List.of("LC_ALL"))
                    .withSet(Map.of("SET", "a=b")))
            .build();
    Map<String, String> parent =
        Map.of(
            "PATH", "/usr/bin:/bin",
            "PLAIN", "1",
            "LC_ALL", "C",
            "MY_TOKEN", "passed",
            "AWS_SECRET_ACCESS_KEY", "secret",
            "GITHUB_TOKEN", "secret",
            "LD_PRELOAD", "/evil.so",
            "JAVA_TOOL_OPTIONS", "-javaagent:evil",
            "TMPDIR", "/elsewhere",
            "PWD", "/elsewhere");

    Outcome outcome =
        Sandboxed.of(policy)
            .command("env")
            .directory(work)
            .parentEnvironment(parent)
            .captureOutput()
            .run();

    List<String> lines = text(outcome).lines().sorted().toList();
    assertEquals(
        List.of("MY_TOKEN=passed", "PATH=/usr/bin:/bin", "PLAIN=1", "PWD=" + work, "SET=a=b"),
        lines.subList(0, 5));
    assertTrue(lines.get(5).startsWith("TMPDIR=/") && lines.get(5).contains("/cofferdam-"));
    assertEquals(6, lines.size());
    assertEquals(
        List.of(
            "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "JAVA_TOOL_OPTIONS", "LC_ALL", "LD_PRELOAD"),
        outcome.environmentDropped());
    assertFalse(outcome.toJson().contains("evil"), outcome::toJson);
    assertEquals(
        outcome.environmentDropped(),
        Sandboxed.of(policy)
            .command("env")
            .directory(work)
            .parentEnvironment(parent)
            .dryRun()
            .environmentDropped());
  }

  @Test
  void commandsAreSearchedInThePathThatTheySee() throws Exception {
    Path bin = Files.createDirectory(work.resolve("bin"));
    Path script = Files.writeString(bin.resolve("mine"), "echo found\n");
    assertTrue(script.toFile().setExecutable(true));

    // A script without #! goes to the shell, as execvp(3) does it.
    assertPrints(
        "found\n",
        Sandboxed.of(readonly().build())
            .command("mine")
            .directory(work)
            .parentEnvironment(Map.of("PATH", "/usr/bin:bin"))
            .captureOutput()
            .run());
  }

  // ---------------------------------------------------------------- output

  @Test
  void bothStreamsAreReadAtTheSameTime() throws Exception {
    int size = 5_000_000;
    Outcome outcome =
        Sandboxed.of(readonly().build())
            .command(
                "sh",
                "-c",
                "head -c $1 /dev/zero >&2; head -c $1 /dev/zero; echo end >&2",
                "sh",
                "" + size)
            .parentEnvironment(ENVIRONMENT)
            .captureOutput()
            .run();

    CapturedOutput output = outcome.output().orElseThrow();
    assertEquals(size, output.outBytes().length);
    assertEquals(size + 4, output.errBytes().length);
    assertTrue(output.err().endsWith("end\n"));
    assertFalse(output.truncated());
  }

  @Test
  void captureStopsAtItsLimitAndTheCommandDoesNot() throws Exception {
    Outcome outcome =
        Sandboxed.of(readonly().build())
            .command("sh", "-c", "head -c 1000000 /dev/zero; echo err >&2; exit 5")
            .parentEnvironment(ENVIRONMENT)
            .captureOutput(1000)
            .run();

    CapturedOutput output = outcome.output().orElseThrow();
    assertEquals(new Ending.Exited(5), outcome.ending());
    assertEquals(1000, output.outBytes().length);
    assertEquals("err\n", output.err());
    assertTrue(output.truncated());
    assertFalse(
        Sandboxed.of(readonly().build())
            .command("head", "-c", "1000", "/dev/zero")
            .parentEnvironment(ENVIRONMENT)
            .captureOutput(1000)
            .run()
            .output()
            .orElseThrow()
            .truncated());
  }

  @Test
  void mergedErrorsKeepTheirPlace() throws Exception {
    assertPrints("1\n2\n3\n", sh(readonly().build(), work, "echo 1; echo 2 >&2; echo 3"));
  }

  /** IO-13. */
  @Test
  void standardInputIsEmptyUnlessItIsGiven() throws Exception {
    assertPrints("", Sandboxed.run(readonly().build(), work, List.of("cat")));
  }

  /**
   * IO-15. The mask is never looser than this; niceness, locale and time zone are the caller's, and
   * the host's name is hidden where there are namespaces.
   */
  @ParameterizedTest
  @EachIsolation
  void filesAreNotWritableForOthers(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome =
        sh(readonly().isolation(isolation).build(), work, "umask; umask 0; umask; uname -n");

    List<String> lines = Sandboxed.text(outcome).lines().toList();
    assertEquals(0022, Integer.parseInt(lines.get(0), 8) & 0022);
    assertEquals("0000", lines.get(1));
    assertEquals(isolation == Isolation.NAMESPACE, lines.get(2).equals("sandbox"));
  }

  // ---------------------------------------------------------------- limits

  /** RS-18. */
  @ParameterizedTest
  @EachIsolation
  void limitsHoldForTheCommandOnly(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Map<Resource, Limit> before = Rlimits.all();
    Policy policy =
        readonly()
            .isolation(isolation)
            .limit(Resource.OPEN_FILES, Limit.of(40))
            .limit(Resource.CORE_FILE, Limit.of(0))
            .build();

    assertPrints("40\n40\n0\n", sh(policy, work, "ulimit -n; ulimit -Hn; ulimit -c"));
    assertEquals(before, Rlimits.all());
  }

  // ---------------------------------------------------------------- dry run

  @ParameterizedTest
  @EachIsolation
  void theDryRunShowsTheStepsInTheirOrder(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Policy policy =
        workspace()
            .isolation(isolation)
            .limit(Resource.OPEN_FILES, Limit.of(64))
            .timeout(Duration.ofSeconds(5))
            .build();

    DryRun dry =
        Sandboxed.of(policy)
            .command("touch", "marker")
            .directory(work)
            .parentEnvironment(ENVIRONMENT)
            .dryRun();

    List<String> steps = dry.steps().stream().map(LaunchStep::toString).toList();
    var order = new ArrayList<Integer>();
    var parts = new ArrayList<>(List.of("close_range(", "PR_SET_NO_NEW_PRIVS", "timerfd_settime("));
    if (isolation == Isolation.NAMESPACE) {
      parts.addAll(
          1, List.of("CLONE_NEWUSER", "CLONE_NEWPID", "mount_setattr(", "\"/proc\"", "capset("));
    }
    parts.addAll(List.of("setsid()", "chdir(\"" + work, "prlimit64("));
    for (String part : parts) {
      order.add(indexOf(steps, part, order.isEmpty() ? 0 : order.getLast()));
    }
    int landlock = lastIndexOf(steps, "landlock_restrict_self(");
    int seccomp = lastIndexOf(steps, "seccomp(");
    assertTrue(order.getLast() < landlock && landlock < seccomp, steps::toString);
    assertEquals(seccomp + 1, indexOf(steps, "execve(\"/usr/bin/touch\"", 0), steps::toString);
    assertFalse(Files.exists(work.resolve("marker")));
    assertEquals(List.of(), Sandboxed.temporaries());
    assertEquals(List.of(), dry.enforcement().unmet());
  }

  private static int indexOf(List<String> steps, String part, int from) {
    for (int i = from; i < steps.size(); i++) {
      if (steps.get(i).contains(part)) {
        return i;
      }
    }
    throw new AssertionError("no " + part + " from " + from + " in " + String.join("\n", steps));
  }

  private static int lastIndexOf(List<String> steps, String part) {
    int last = indexOf(steps, part, 0);
    for (int i = last; i < steps.size(); i++) {
      last = steps.get(i).contains(part) ? i : last;
    }
    return last;
  }

  // ---------------------------------------------------------------- many

  @Test
  void runsDoNotMix() throws Exception {
    Policy policy = readonly().build();
    Sandboxed.assumeLandlockSuffices(policy);
    try (var threads = Executors.newFixedThreadPool(4)) {
      var results = new ArrayList<Future<Boolean>>();
      for (int thread = 0; thread < 4; thread++) {
        String name = "thread-" + thread;
        Callable<Boolean> work25 =
            () -> {
              for (int i = 0; i < 25; i++) {
                assertPrints(name + i + "\n", sh(policy, work, "echo $1", name + i));
              }
              return true;
            };
        results.add(threads.submit(work25));
      }
      for (Future<Boolean> result : results) {
        assertTrue(result.get());
      }
    }
    assertEquals(List.of(), Sandboxed.temporaries());
    assertEquals(List.of(), Sandboxed.zombies());
  }

  private record Resources(long descriptors, long threads, int zombies, int temporaries) {
    static Resources now() throws IOException {
      try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
        return new Resources(
            descriptors.count(),
            Thread.getAllStackTraces().size(),
            Sandboxed.zombies().size(),
            Sandboxed.temporaries().size());
      }
    }
  }

  @Test
  void aThousandRunsLeaveNothing() throws Exception {
    Sandbox sandbox = Sandboxed.of(readonly().build());
    Resources early = Resources.now();
    for (int i = 1; i <= 1000; i++) {
      SandboxCommand command = sandbox.command("/bin/true").parentEnvironment(ENVIRONMENT);
      if (i % 2 == 0) {
        assertEquals(new Ending.Exited(0), command.run().ending());
      } else {
        // As with ProcessBuilder, whoever waits need not close the streams.
        @SuppressWarnings("resource")
        SandboxProcess process = command.start();
        assertEquals(0, process.waitFor());
      }
      if (i == 200) {
        early = Resources.now();
      }
    }
    Resources late = Resources.now();

    assertEquals(0, late.zombies());
    assertEquals(0, late.temporaries());
    // A leak would come to hundreds; the virtual machine itself may open a jar or start a thread.
    String both = early + " " + late;
    assertTrue(late.descriptors() <= early.descriptors() + 5, both);
    assertTrue(late.threads() <= early.threads() + 5, both);
  }

  @Test
  void aLimitAboveTheCeilingIsRefusedWithTheCeiling() throws Exception {
    Limit ceiling = Rlimits.get(Resource.OPEN_FILES);
    Policy policy =
        Policy.builder().limit(Resource.OPEN_FILES, Limit.of(ceiling.hard() + 1)).build();
    Outcome outcome = Sandbox.of(policy).command("true").captureOutput().run();
    Ending.Refused refused = assertInstanceOf(Ending.Refused.class, outcome.ending());
    assertTrue(refused.reason().contains(Long.toString(ceiling.hard())), refused::reason);
  }

  @Test
  void aTemporaryDirectoryThatThePolicySetsIsKept() throws Exception {
    Policy policy =
        Policy.builder()
            .environment(Environment.DEFAULT.withSet(Map.of("TMPDIR", "/elsewhere")))
            .build();
    Outcome outcome =
        Sandboxed.of(policy).command("sh", "-c", "echo $TMPDIR").captureOutput().run();
    assertEquals("/elsewhere\n", outcome.output().orElseThrow().out());
  }
}
