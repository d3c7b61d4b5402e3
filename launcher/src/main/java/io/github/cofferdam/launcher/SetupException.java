package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;

/**
 * A step of a setup program failed, so nothing was started. Names the step, its error and its
 * purpose.
 */
public class SetupException extends KernelException {
  private static final long serialVersionUID = 1;

  private final String call;

  /** Creates one. */
  public SetupException(Step step, Errno errno) {
    super(step.syscall(), errno, step.purpose());
    this.call = step.toString();
  }

  /** {@return the failed call, as strace prints it} */
  public String call() {
    return call;
  }
}
