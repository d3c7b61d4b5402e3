package io.github.cofferdam.landlock;

import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;

/**
 * Between the making of a layer and its enforcement, something else was put at a path on which
 * rights are granted: another file, a symbolic link, or nothing. The domain was not entered.
 */
public final class PathChangedException extends SetupException {
  private static final long serialVersionUID = 1;

  PathChangedException(Step step, SetupException cause) {
    super(step, cause.errno());
    initCause(cause);
  }
}
