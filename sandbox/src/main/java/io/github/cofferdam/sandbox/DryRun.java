package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.policy.EnforcementReport;
import java.util.List;

/**
 * What a run would do.
 *
 * @param steps every system call before the command, in order, with the process that makes it
 * @param enforcement what would hold and what would not
 * @param environmentDropped names of the environment variables that would not be passed on
 */
public record DryRun(
    List<LaunchStep> steps, EnforcementReport enforcement, List<String> environmentDropped) {
  /** Keeps copies of the lists, which nobody can change. */
  public DryRun {
    steps = List.copyOf(steps);
    environmentDropped = List.copyOf(environmentDropped);
  }
}
