package io.github.cofferdam.sandbox;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.SetupException;

/** Confining the command failed, so it was not run. The cause names the step and its error. */
public final class SetupFailedException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** To be made on the thread that started the child: its filters are the child's. */
  SetupFailedException(Throwable cause) {
    super(explained(cause), cause);
  }

  SetupFailedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** An error number alone does not say who refused a filter. */
  private static String explained(Throwable cause) {
    String text = Text.of(cause);
    return cause instanceof SetupException failure
        ? io.github.cofferdam.seccomp.Refusal.of(failure)
            .map(layer -> text + "; most likely " + layer)
            .orElse(text)
        : text;
  }
}
