package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.StdioSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** How many processes a second several threads start together. */
final class ThreadGrowth implements Question {
  /** Starts of each way before anything is measured. */
  private static final int WARM_UP = 50;

  /**
   * How much is measured.
   *
   * @param threads how many start processes at the same time
   * @param windows how often each point is measured
   * @param window how long
   * @param limit how long all of it may take
   */
  record Size(List<Integer> threads, int windows, Duration window, Duration limit) {
    Size {
      threads = List.copyOf(threads);
    }

    static Size of(Effort effort) {
      return switch (effort) {
        case QUICK ->
            new Size(List.of(1, 2, 4, 16, 64), 3, Duration.ofMillis(50), Duration.ofSeconds(7));
        case FULL ->
            new Size(
                List.of(1, 2, 4, 8, 16, 32, 64),
                12,
                Duration.ofMillis(400),
                Duration.ofSeconds(200));
      };
    }
  }

  /** Starts a process and waits for its end. */
  private interface Way {
    void run() throws Exception;
  }

  @Override
  public String id() {
    return "threads";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    Path target = StaticTarget.create();
    var findings = new Findings();
    try (var folder = new TemporaryFolder(Objects.requireNonNull(target.getParent()));
        Walls walls = Walls.readOnly(folder.path())) {
      Map<String, Way> ways = ways(target, walls);
      progress.at("warming up", 0);
      for (Way way : ways.values()) {
        for (int i = 0; i < WARM_UP; i++) {
          way.run();
        }
      }
      for (var rounds = new Rounds(size.windows(), size.limit()); rounds.next(); ) {
        for (int threads : size.threads()) {
          progress.at(threads + (threads == 1 ? " thread" : " threads"), rounds.done());
          for (Map.Entry<String, Way> way : ways.entrySet()) {
            findings
                .point(
                    "static program",
                    way.getKey(),
                    threads,
                    List.of("start to exit of", target.toString()))
                .add(Measure.RATE, rate(way.getValue(), threads, size.window()));
          }
        }
      }
    }
    return new Section(
        id(),
        "Starts per second by threads",
        "Threads of one virtual machine start a static program and wait for its end, again and"
            + " again. A window ends when each thread has finished what it began, and the ways take"
            + " turns from window to window. The best that can be had is the rate of one thread"
            + " times the processors.",
        Section.Form.CURVE,
        "threads",
        findings.toList());
  }

  private static Map<String, Way> ways(Path target, Walls walls) throws IOException {
    var ways = new LinkedHashMap<String, Way>();
    ways.put(
        "ProcessBuilder",
        () -> check(new ProcessBuilder(target.toString()).inheritIO().start().waitFor()));
    for (Layer layer : List.of(Layer.PLAIN, Layer.BOTH, Layer.FULL)) {
      LaunchPlan plan = walls.plan(layer, target.toString(), List.of("target")).build();
      ways.put(
          layer.text(),
          () -> {
            try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
              check(launched.await().status());
            }
          });
    }
    return ways;
  }

  private static void check(int status) {
    if (status != 0) {
      throw new IllegalStateException("the target ended with status " + status);
    }
  }

  /** {@return how often a second some threads together do a thing} */
  private static double rate(Way way, int threads, Duration window) throws Exception {
    var ready = new CountDownLatch(threads);
    var go = new CountDownLatch(1);
    var tasks = new ArrayList<FutureTask<Integer>>();
    for (int i = 0; i < threads; i++) {
      var task =
          new FutureTask<>(() -> {
            ready.countDown();
            go.await();
            long end = System.nanoTime() + window.toNanos();
            int done = 0;
            do {
              way.run();
              done++;
            } while (System.nanoTime() - end < 0);
            return done;
          });
      Thread.ofPlatform().name("starter-", i).start(task);
      tasks.add(task);
    }
    ready.await();
    long start = System.nanoTime();
    go.countDown();
    int done = 0;
    Exception failure = null;
    for (FutureTask<Integer> task : tasks) {
      try {
        done += task.get();
      } catch (ExecutionException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return done * 1e9 / (System.nanoTime() - start);
  }
}
