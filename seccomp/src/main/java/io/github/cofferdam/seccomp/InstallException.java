package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;

/** A filter could not be installed. Nothing was: neither here nor on another thread. */
public final class InstallException extends SetupException {
  private static final long serialVersionUID = 1;

  private final Refusal refusal;

  InstallException(Step step, Errno errno, Refusal refusal) {
    super(step, errno);
    this.refusal = refusal;
  }

  /** {@return which layer most likely refused} */
  public Refusal refusal() {
    return refusal;
  }

  /** The error, and the layer in words. */
  @Override
  public String getMessage() {
    return super.getMessage() + "; most likely " + refusal;
  }
}
