package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;

/**
 * The process is in as many Landlock domains as the kernel allows, {@value
 * LandlockLayer#MAX_LAYERS} one inside the other. The domain was not entered.
 */
public final class LayerLimitException extends SetupException {
  private static final long serialVersionUID = 1;

  LayerLimitException(Step step, SetupException cause) {
    super(step, Errno.E2BIG);
    initCause(cause);
  }
}
