package io.github.cofferdam.sandbox;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A command was not run. Nothing of it was executed. */
public abstract sealed class SandboxException extends IOException
    permits RefusedException, SetupFailedException, NotExecutedException {
  private static final long serialVersionUID = 1;

  private final String reason;

  SandboxException(String reason) {
    super(reason);
    this.reason = reason;
  }

  SandboxException(String reason, @Nullable Throwable cause) {
    this(reason, reason, cause);
  }

  SandboxException(String message, String reason, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** {@return why nothing was run; often, but not always, the message} */
  public String reason() {
    return reason;
  }
}
