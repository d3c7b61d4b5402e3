package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The values of a {@link LaunchPlan}, whose builder says what they mean.
 *
 * @param executables none, for a launch that executes nothing
 * @param passed this process's descriptors that the launcher begins with, in the order of their
 *     numbers there
 */
record LaunchParts(
    List<String> executables,
    List<String> argv,
    List<String> environment,
    Optional<String> directory,
    SetupProgram launcherSteps,
    SetupProgram initSteps,
    SetupProgram commandSteps,
    Supervision supervision,
    Optional<Duration> deadline,
    Duration grace,
    Optional<Slot> handOver,
    boolean initAlone,
    Map<Slot, Fd> passed) {
  /**
   * Checks that they fit together.
   *
   * @throws IllegalArgumentException if not
   */
  LaunchParts {
    executables = List.copyOf(executables);
    argv = List.copyOf(argv);
    environment = List.copyOf(environment);
    passed = Collections.unmodifiableMap(new LinkedHashMap<>(passed));
    if (supervision == Supervision.NONE && deadline.isPresent()) {
      throw new IllegalArgumentException("a deadline needs supervision");
    }
    if (supervision == Supervision.SIGNAL_SCOPE && !enters(launcherSteps)) {
      throw new IllegalArgumentException(
          "supervision by signal scope needs launcher steps that enter a Landlock domain");
    }
    if (supervision != Supervision.PID_NAMESPACE && !initSteps.isEmpty()) {
      throw new IllegalArgumentException("init steps need a process-id namespace");
    }
    if (supervision != Supervision.PID_NAMESPACE && initAlone) {
      throw new IllegalArgumentException("only a process-id namespace has an init");
    }
    if (handOver.isPresent()) {
      if (supervision == Supervision.NONE) {
        throw new IllegalArgumentException(
            "handing "
                + handOver.get()
                + " over needs supervision: nobody else would be left to send it");
      }
      requireOpen(handOver.get(), launcherSteps.then(initSteps).then(commandSteps));
    }
  }

  private static void requireOpen(Slot slot, SetupProgram all) {
    boolean open = false;
    for (Step step : all.steps()) {
      open |= step.opens().equals(Optional.of(slot));
      open &= !step.closes().equals(Optional.of(slot));
    }
    if (!open) {
      throw new IllegalArgumentException("no step leaves " + slot + " open to be handed over");
    }
  }

  private static boolean enters(SetupProgram program) {
    for (Step step : program.steps()) {
      if (step.syscall().equals("landlock_restrict_self")) {
        return true;
      }
    }
    return false;
  }
}
