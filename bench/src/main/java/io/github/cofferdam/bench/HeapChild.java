package io.github.cofferdam.bench;

import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.StdioSet;
import java.nio.file.Path;
import java.util.List;

/** What {@link HeapGrowth} runs in virtual machines of its own: starts, and says how long. */
final class HeapChild {
  /** Names of the ways, which begin the lines of the output. */
  static final String PROCESS_BUILDER = "ProcessBuilder";

  static final String LAUNCHER = "launcher";

  private HeapChild() {}

  /** Arguments are the program to start, rounds to warm up, and rounds that count. */
  public static void main(String[] args) throws Exception {
    Path target = Path.of(args[0]);
    int warmUp = Integer.parseInt(args[1]);
    int rounds = Integer.parseInt(args[2]);
    LaunchPlan plan = LaunchPlan.of(target.toString(), List.of("target")).build();
    for (int round = -warmUp; round < rounds; round++) {
      boolean first = round % 2 == 0;
      long one = first ? processBuilder(target) : launcher(plan);
      long other = first ? launcher(plan) : processBuilder(target);
      if (round >= 0) {
        System.out.println(PROCESS_BUILDER + " " + (first ? one : other));
        System.out.println(LAUNCHER + " " + (first ? other : one));
      }
    }
  }

  private static long processBuilder(Path target) throws Exception {
    long start = System.nanoTime();
    check(new ProcessBuilder(target.toString()).inheritIO().start().waitFor());
    return System.nanoTime() - start;
  }

  private static long launcher(LaunchPlan plan) throws Exception {
    long start = System.nanoTime();
    try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
      check(launched.await().status());
    }
    return System.nanoTime() - start;
  }

  private static void check(int status) {
    if (status != 0) {
      throw new IllegalStateException("the target ended with status " + status);
    }
  }
}
