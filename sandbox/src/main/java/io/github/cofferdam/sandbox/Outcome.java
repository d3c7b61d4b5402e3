package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.ResourceUsage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What became of a run. It travels on a channel that the command cannot reach: nothing that it
 * prints, and no status that it exits with, can pass for a time-out or a refusal here.
 *
 * @param runId names the run in the audit log
 * @param argv the command
 * @param ending how it ended
 * @param enforcement what held and what did not; empty if the run was refused before that was known
 * @param usage what the whole tree used; empty if nothing ran
 * @param wallTime from the launch to the end
 * @param output what the command wrote, where that was captured
 */
public record Outcome(
    String runId,
    List<String> argv,
    Ending ending,
    Optional<EnforcementReport> enforcement,
    Optional<ResourceUsage> usage,
    Duration wallTime,
    Optional<CapturedOutput> output) {

  /** Copies. */
  public Outcome {
    argv = List.copyOf(argv);
  }

  /** {@return whether the command ran and exited with 0} */
  public boolean success() {
    return ending instanceof Ending.Exited exited && exited.code() == 0;
  }

  /** {@return this outcome as one JSON object, as {@code cofferdam run --report} writes it} */
  public String toJson() {
    return OutcomeJson.write(this);
  }
}
