package io.github.cofferdam.cli;

import io.github.cofferdam.doctor.HostReport;
import io.github.cofferdam.doctor.PolicyTrial;
import io.github.cofferdam.policy.Isolation;
import java.util.List;
import java.util.Optional;

/**
 * What {@code doctor} found out, before it is text or JSON.
 *
 * @param host the facts
 * @param levels each isolation level, tried; copied
 * @param required the policy of {@code --require}, tried
 */
record Diagnosis(HostReport host, List<PolicyTrial> levels, Optional<Required> required) {
  /** Keeps a copy of the list, which nobody can change. */
  Diagnosis {
    levels = List.copyOf(levels);
  }

  /** {@return the isolation that a policy with {@link Isolation#AUTO} gets here} */
  Isolation auto() {
    boolean given =
        levels.stream()
            .anyMatch(
                trial -> trial.isolation() == Isolation.NAMESPACE && trial.failure().isEmpty());
    return given ? Isolation.NAMESPACE : Isolation.BASIC;
  }

  /**
   * A policy that has to be enforceable.
   *
   * @param file where it stands
   * @param trial what came of it
   */
  record Required(String file, PolicyTrial trial) {}
}
