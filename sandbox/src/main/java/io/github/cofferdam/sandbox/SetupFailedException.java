package io.github.cofferdam.sandbox;

/** Confining the command failed, so it was not run. The cause names the step and its error. */
public final class SetupFailedException extends SandboxException {
  private static final long serialVersionUID = 1;

  SetupFailedException(Throwable cause) {
    super(text(cause), cause);
  }
}
