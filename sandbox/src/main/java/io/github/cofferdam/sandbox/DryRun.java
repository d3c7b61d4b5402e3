package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.LaunchStep;
import java.util.List;

/**
 * What a run would do.
 *
 * @param steps every system call before the command, in order, with the process that makes it
 * @param enforcement what would hold and what would not
 */
public record DryRun(List<LaunchStep> steps, EnforcementReport enforcement) {
  /** Copies. */
  public DryRun {
    steps = List.copyOf(steps);
  }
}
