package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Plans that are run to their end. */
final class OwnLaunches {
  private OwnLaunches() {}

  /**
   * A command under a supervisor that changes nothing for it: the supervisor hears how much memory
   * the command's tree needed, daemons included.
   */
  static LaunchPlan watched(List<String> command) {
    return LaunchPlan.of(command.getFirst(), command).supervision(Supervision.CHILD_WALK).build();
  }

  /** Runs a plan to its end, which must be a success. */
  static Exit run(LaunchPlan plan) throws IOException, InterruptedException {
    try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
      Exit exit = launched.await();
      if (exit.status() != 0) {
        throw new IllegalStateException("the target ended with wait status " + exit.status());
      }
      return exit;
    }
  }

  /**
   * Runs a plan that has a supervisor, for the largest resident set of any one process. Nothing if
   * that is 0: the kernel's counters are of each processor, and count small processes late.
   */
  static Map<Measure, Double> memory(LaunchPlan plan) throws IOException, InterruptedException {
    long bytes = run(plan).usage().maxResidentBytes();
    return bytes == 0 ? Map.of() : Map.of(Measure.PEAK_MEMORY, (double) bytes);
  }
}
