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
    super(reason, cause);
    this.reason = reason;
  }

  /** {@return the message: why nothing was run} */
  public String reason() {
    return reason;
  }
}
