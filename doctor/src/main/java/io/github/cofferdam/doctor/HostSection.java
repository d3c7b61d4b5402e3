package io.github.cofferdam.doctor;

import java.util.List;

/**
 * The part of a {@link HostReport} on one subject.
 *
 * @param key the subject, such as {@code landlock}; unique, and stable
 * @param facts in the order in which they are read; copied
 */
public record HostSection(String key, List<HostFact> facts) {
  /** Keeps a copy of the list, which nobody can change. */
  public HostSection {
    facts = List.copyOf(facts);
  }
}
