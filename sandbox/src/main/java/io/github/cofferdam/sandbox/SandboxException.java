package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.util.Objects;

/** A command was not run. Nothing of it was executed. */
public abstract sealed class SandboxException extends IOException
    permits RefusedException, SetupFailedException, NotExecutedException {
  private static final long serialVersionUID = 1;

  private final String reason;

  SandboxException(String reason) {
    super(reason);
    this.reason = reason;
  }

  SandboxException(String reason, Throwable cause) {
    super(reason, cause);
    this.reason = reason;
  }

  /** {@return the message: why nothing was run} */
  public String reason() {
    return reason;
  }

  /** What an exception has to say to a person. */
  static String text(Throwable cause) {
    return Objects.requireNonNullElseGet(cause.getMessage(), cause::toString);
  }
}
