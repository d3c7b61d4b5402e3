package io.github.cofferdam.bench;

import io.github.cofferdam.launcher.LaunchPlan;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commands of others, started by {@code ProcessBuilder}. */
final class Commands {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Commands() {}

  /**
   * What came of trying a command before it is measured.
   *
   * @param command one that was seen to work, or one that does not
   * @param missing why there is none that works
   */
  record Tried(List<String> command, Optional<String> missing) {}

  /** Takes the first of some command lines that works here: it exits with status 0. */
  static Tried tryOut(List<List<String>> commands) throws InterruptedException {
    Optional<String> failure = Optional.empty();
    for (List<String> command : commands) {
      failure = failure(command);
      if (failure.isEmpty()) {
        return new Tried(command, failure);
      }
    }
    return new Tried(commands.getLast(), failure);
  }

  private static Optional<String> failure(List<String> command) throws InterruptedException {
    try {
      return Finished.of(command, PATIENCE).failure();
    } catch (IOException e) {
      return Optional.of("does not run: " + e.getMessage());
    }
  }

  /** Adds a command, or says why it cannot be measured. */
  static void add(TakingTurns turns, String label, Tried tried) throws InterruptedException {
    List<String> command = tried.command();
    if (tried.missing().isPresent()) {
      turns.addMissing(label, command, tried.missing().get());
      return;
    }
    turns.addMeasured(label, command, TakingTurns.timed(() -> run(command)), memory(command));
  }

  /** What the command needs under a supervisor; nothing if it does not work under one. */
  private static TakingTurns.MeasuredWay memory(List<String> command) throws InterruptedException {
    LaunchPlan watched = OwnLaunches.watched(command);
    try {
      OwnLaunches.run(watched);
    } catch (IOException | IllegalStateException e) {
      return Map::of;
    }
    return () -> OwnLaunches.memory(watched);
  }

  /** Runs a command to its end, which must be a success. */
  static void run(List<String> command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IllegalStateException(command + " ended with status " + status);
    }
  }
}
