package io.github.cofferdam.profiles;

import io.github.cofferdam.documents.TextPlaces.Place;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Condition;
import java.util.List;
import java.util.Optional;

/**
 * An entry of a profile: some system calls, and what happens to them.
 *
 * @param names the calls, as they are written
 * @param action what happens
 * @param alternatives when: at least one holds; empty for always
 * @param includes applies only where all of this is so
 * @param excludes applies only where none of this is so
 * @param place where it stands
 */
record ProfileEntry(
    List<String> names,
    Action action,
    List<Condition> alternatives,
    Circumstances includes,
    Circumstances excludes,
    Place place) {

  /** Where nothing was read. */
  static final Place NOWHERE = new Place(1, 1);

  ProfileEntry {
    names = List.copyOf(names);
    alternatives = List.copyOf(alternatives);
  }

  /** Whatever the circumstances are. */
  ProfileEntry(List<String> names, Action action, List<Condition> alternatives, Place place) {
    this(names, action, alternatives, Circumstances.ANY, Circumstances.ANY, place);
  }

  /**
   * What an entry can depend on.
   *
   * @param arches names of the machine's architecture, as Go spells them; empty for any
   * @param capabilities names
   * @param minKernel the oldest kernel, such as {@code 4.8}
   */
  record Circumstances(List<String> arches, List<String> capabilities, Optional<String> minKernel) {
    static final Circumstances ANY = new Circumstances(List.of(), List.of(), Optional.empty());

    Circumstances {
      arches = List.copyOf(arches);
      capabilities = List.copyOf(capabilities);
    }

    boolean isAny() {
      return equals(ANY);
    }
  }

  /** Whether an action lets less happen than another. */
  static boolean stricter(Action action, Action than) {
    return action.precedence() < than.precedence();
  }
}
