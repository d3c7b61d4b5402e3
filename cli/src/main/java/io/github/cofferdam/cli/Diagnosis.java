package io.github.cofferdam.cli;

import io.github.cofferdam.doctor.HostReport;
import io.github.cofferdam.doctor.PolicyTrial;
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

  /**
   * A policy that has to be enforceable.
   *
   * @param file where it stands
   * @param trial what came of it
   */
  record Required(String file, PolicyTrial trial) {}
}
