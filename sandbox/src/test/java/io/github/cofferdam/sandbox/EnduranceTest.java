package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.CommandRule;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * RS-19: many runs of every kind, four at a time, leave nothing behind. How many is the system
 * property {@value #RUNS}.
 */
@Tag("kernel")
class EnduranceTest {
  private static final String RUNS = "cofferdam.test.runs";

  @TempDir private Path temporary;

  private record Held(
      long descriptors,
      long threads,
      long mounts,
      long children,
      int zombies,
      int temporaries,
      long groups) {

    static Held now() throws IOException {
      return new Held(
          entries("/proc/self/fd"),
          entries("/proc/self/task"),
          lines("/proc/self/mountinfo"),
          ProcessHandle.current().children().count(),
          Sandboxed.zombies().size(),
          Sandboxed.temporaries().size(),
          ownGroups());
    }

    /** Control groups of this process. */
    private static long ownGroups() throws IOException {
      Path all = Path.of("/sys/fs/cgroup");
      if (!Files.isDirectory(all)) {
        return 0;
      }
      String own = "-" + ProcessHandle.current().pid() + "-";
      var found = new AtomicInteger();
      Files.walkFileTree(
          all,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path group, BasicFileAttributes attributes) {
              String name = group.getFileName().toString();
              if (name.startsWith("cofferdam-") && name.contains(own)) {
                found.incrementAndGet();
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              // It was removed, or is closed to us.
              return FileVisitResult.CONTINUE;
            }
          });
      return found.get();
    }

    private static long entries(String folder) throws IOException {
      try (Stream<Path> entries = Files.list(Path.of(folder))) {
        return entries.count();
      }
    }

    private static long lines(String file) throws IOException {
      try (Stream<String> lines = Files.lines(Path.of(file))) {
        return lines.count();
      }
    }
  }

  /** Sandboxes that are used again and again; their runs have namespaces in common. */
  private final Map<String, Sandbox> kept = new ConcurrentHashMap<>();

  private Sandbox sandbox(Policy policy, int i) {
    return i / 10 % 2 == 0
        ? Sandboxed.of(policy)
        : kept.computeIfAbsent(policy.toToml(), toml -> Sandboxed.of(policy));
  }

  private SandboxCommand shell(Policy policy, int i, String script) {
    return sandbox(policy, i)
        .command("/bin/sh", "-c", script)
        .directory(temporary)
        .parentEnvironment(ENVIRONMENT);
  }

  private void one(Isolation isolation, int i) throws IOException, InterruptedException {
    Policy.Builder policy = Policy.builder().isolation(isolation);
    switch (i % 10) {
      case 0 -> {
        try (SandboxProcess process =
            shell(policy.build(), i, "read line; echo $line; exec sleep 1000").start()) {
          try (OutputStream in = process.getOutputStream()) {
            in.write("text\n".getBytes(UTF_8));
          }
          assertEquals('t', process.getInputStream().read());
        }
      }
      case 1 -> {
        // As with ProcessBuilder, whoever waits need not close the streams.
        @SuppressWarnings("resource")
        SandboxProcess process = shell(policy.build(), i, "echo out; echo err >&2; exit 3").start();
        assertEquals(3, process.waitFor());
      }
      case 2 -> {
        Outcome outcome =
            sandbox(policy.build(), i).command("no-such-command").captureOutput().run();
        assertInstanceOf(Ending.NotExecuted.class, outcome.ending());
      }
      case 3 -> {
        policy.rule(new CommandRule("sh -c", Optional.empty(), true));
        assertInstanceOf(Ending.Refused.class, shell(policy.build(), i, "true").run().ending());
      }
      case 4 -> {
        Policy brief = policy.timeout(Duration.ofMillis(20)).build();
        Outcome outcome =
            shell(brief, i, "setsid sleep 1000 & sleep 1000").captureOutput(100).run();
        // Where the machine is busy, the time may be over before there is a command.
        assertNotEquals(0, outcome.ending().shellStatus());
      }
      case 5 -> {
        SandboxProcess process =
            sandbox(policy.build(), i)
                .processBuilder("/bin/sh", "-c", "cat; (setsid sleep 1000 &)")
                .redirectInput(Path.of("/etc/passwd").toFile())
                .redirectOutput(temporary.resolve("out" + i % 4).toFile())
                .redirectErrorStream(true)
                .start();
        assertEquals(0, process.waitFor());
      }
      case 6 -> {
        // A control group, where one can be had.
        policy.limit(TreeLimit.TASKS, 20).enforcement(Protection.LIMITS, Requirement.PREFER);
        assertTrue(shell(policy.build(), i, "true").run().success());
      }
      default -> {
        Outcome outcome = shell(policy.build(), i, "echo " + i).captureOutput().run();
        assertEquals(i + "\n", outcome.output().orElseThrow().out());
        assertEquals(new Ending.Exited(0), outcome.ending());
      }
    }
  }

  private void many(Isolation isolation, int runs) throws Exception {
    var next = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(4)) {
      var results = new ArrayList<Future<Boolean>>();
      for (int thread = 0; thread < 4; thread++) {
        Callable<Boolean> work =
            () -> {
              for (int i = next.getAndIncrement(); i < runs; i = next.getAndIncrement()) {
                one(isolation, i);
              }
              return true;
            };
        results.add(threads.submit(work));
      }
      for (Future<Boolean> result : results) {
        assertTrue(result.get());
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void manyRunsLeaveNothing(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Sandboxed.assumeLandlockSuffices(Policy.builder().isolation(isolation).build());
    int runs = Integer.getInteger(RUNS, 400);
    many(isolation, 100);
    Held early = Held.now();
    long start = System.nanoTime();

    many(isolation, runs);

    Held late = Held.now();
    String both = early + " became " + late;
    System.out.printf(
        "%s: %d runs, %d ms: %s%n", isolation, runs, (System.nanoTime() - start) / 1_000_000, both);
    assertEquals(0, late.zombies(), both);
    assertEquals(0, late.temporaries(), both);
    assertEquals(0, late.groups(), both);
    assertEquals(early.children(), late.children(), both);
    // A leak would come to hundreds; the virtual machine itself may open a jar or start a thread.
    assertTrue(late.descriptors() <= early.descriptors() + 5, both);
    assertTrue(late.threads() <= early.threads() + 8, both);
    assertTrue(late.mounts() <= early.mounts() + 20, both);
  }
}
