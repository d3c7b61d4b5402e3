package io.github.cofferdam.policy;

import java.util.Objects;
import java.util.Optional;

/**
 * How much may be changed, and where: the table {@code [sandbox]}.
 *
 * @param mode how much
 * @param path where, as written; empty for the working directory of the caller
 */
record Workspace(Mode mode, Optional<String> path) {
  static final Workspace DEFAULT = new Workspace(Mode.READONLY, Optional.empty());

  /** Checks the form of the path. */
  Workspace {
    Objects.requireNonNull(mode);
    path = path.map(PolicyPath::canonical);
    path.ifPresent(PolicyPath::check);
  }

  Workspace withMode(Mode value) {
    return new Workspace(value, path);
  }

  Workspace withPath(String value) {
    return new Workspace(mode, Optional.of(value));
  }
}
