package io.github.cofferdam.sandbox;

/** There is no such command, or it cannot be executed. */
public final class NotExecutedException extends SandboxException {
  private static final long serialVersionUID = 1;

  private final boolean found;

  NotExecutedException(String message, boolean found) {
    super(message);
    this.found = found;
  }

  /** {@return whether the command exists, but may not or cannot be executed} */
  public boolean found() {
    return found;
  }
}
