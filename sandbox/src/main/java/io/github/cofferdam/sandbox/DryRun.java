package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.policy.EnforcementReport;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run would do.
 *
 * @param steps every system call before the command, in order, with the process that makes it
 * @param enforcement what would hold and what would not
 * @param environmentDropped names of the environment variables that would not be passed on
 * @param created directories that the policy has made before the run (create), each after the one
 *     that it is in; what is granted on them is not among the steps, since they are not there yet
 */
public record DryRun(
    List<LaunchStep> steps,
    EnforcementReport enforcement,
    List<String> environmentDropped,
    List<Path> created) {
  /** Keeps copies of the lists, which nobody can change. */
  public DryRun {
    steps = List.copyOf(steps);
    environmentDropped = List.copyOf(environmentDropped);
    created = List.copyOf(created);
  }
}
