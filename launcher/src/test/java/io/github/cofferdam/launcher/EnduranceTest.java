package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.run;
import static io.github.cofferdam.launcher.Commands.shell;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many launches, one after the other and at the same time. */
@Tag("kernel")
class EnduranceTest {
  private static final List<Supervision> MODES =
      Commands.hasNamespaces()
          ? List.of(Supervision.NONE, Supervision.CHILD_WALK, Supervision.PID_NAMESPACE)
          : List.of(Supervision.NONE, Supervision.CHILD_WALK);

  private record Held(long descriptors, long threads, long children) {
    static Held now() throws Exception {
      return new Held(count("/proc/self/fd"), count("/proc/self/task"), childProcesses());
    }

    private static long count(String folder) throws IOException {
      try (Stream<Path> entries = Files.list(Path.of(folder))) {
        return entries.count();
      }
    }

    private static long childProcesses() {
      return ProcessHandle.current().children().count();
    }
  }

  private static void one(int i) throws Exception {
    Supervision mode = MODES.get(i % MODES.size());
    switch (i % 5) {
      case 0 ->
          assertThrows(
              ExecException.class, () -> run(Commands.plan(mode, "/nonexistent/command")).exit());
      case 1 ->
          assertThrows(
              SetupException.class, () -> run(shell(mode, "exit 0").directory("/missing")));
      case 2 -> {
        try (Launched launched =
            Launcher.start(shell(mode, "exec sleep 1000").build(), StdioSet.pipes())) {
          assertTrue(launched.commandPid() > 0);
        }
      }
      default -> {
        int code = i % 256;
        var finished = run(shell(mode, "echo $0; exit " + code));
        assertEquals("sh\n", finished.output());
        assertEquals(code, finished.exit().code());
      }
    }
  }

  @Test
  void threeHundredLaunchesLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 15; i++) {
      one(i);
    }
    Held before = Held.now();
    for (int i = 0; i < 300; i++) {
      one(i);
    }
    Held after = Held.now();
    assertEquals(before.descriptors(), after.descriptors(), "descriptors");
    assertEquals(before.children(), after.children(), "child processes");
    assertTrue(after.threads() <= before.threads() + 2, () -> before + " became " + after);
  }

  /**
   * Other threads start processes in the JDK's own way meanwhile, which copy all descriptors for a
   * moment.
   */
  @Test
  void fiftyLaunchesOnEachOfEightThreads() throws Exception {
    var stop = new AtomicBoolean();
    try (var threads = Executors.newCachedThreadPool()) {
      var launches = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 8; thread++) {
        int first = thread * 7;
        launches.add(
            threads.submit(() -> {
              for (int i = 0; i < 50; i++) {
                one(first + i);
              }
              return null;
            }));
      }
      Future<?> others =
          threads.submit(() -> {
            while (!stop.get()) {
              assertEquals(0, new ProcessBuilder("/bin/true").start().waitFor());
            }
            return null;
          });
      try {
        for (Future<?> launch : launches) {
          launch.get(120, TimeUnit.SECONDS);
        }
      } finally {
        stop.set(true);
      }
      others.get(60, TimeUnit.SECONDS);
    }
  }
}
