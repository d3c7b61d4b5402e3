package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.policy.EnforcementReport;
import java.nio.file.Path;
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
 * @param output what the command wrote, as far as it went nowhere else
 * @param limitsHit limits of the policy that were in the way, whether they ended the command or not
 * @param peakMemory the most memory it used at any time; empty if nothing ran
 * @param environmentDropped names of the environment variables that were not passed on, since they
 *     look like a secret, make programs load code, or are kept out by the policy
 * @param network what it asked of the network; empty where that is not decided on one by one
 * @param madeNames paths that are there now, which the policy keeps from being written and which
 *     were not there when the run began, and links and files in the place of a directory above one:
 *     look at what is there before anything uses it
 */
public record Outcome(
    String runId,
    List<String> argv,
    Ending ending,
    Optional<EnforcementReport> enforcement,
    Optional<ResourceUsage> usage,
    Duration wallTime,
    Optional<CapturedOutput> output,
    List<HitLimit> limitsHit,
    Optional<PeakMemory> peakMemory,
    List<String> environmentDropped,
    Optional<NetworkUse> network,
    List<Path> madeNames) {

  /** Keeps copies of the lists, which nobody can change. */
  public Outcome {
    argv = List.copyOf(argv);
    limitsHit = List.copyOf(limitsHit);
    environmentDropped = List.copyOf(environmentDropped);
    madeNames = List.copyOf(madeNames);
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
