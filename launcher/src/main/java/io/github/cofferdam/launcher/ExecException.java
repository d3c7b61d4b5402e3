package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;

/**
 * The command could not be executed: {@code ENOENT} where it or its interpreter does not exist,
 * {@code EACCES} where it may not be executed, {@code ENOEXEC} where it is no program. It never
 * ran.
 */
public final class ExecException extends SetupException {
  private static final long serialVersionUID = 1;

  /** Creates one. */
  public ExecException(Step step, Errno errno) {
    super(step, errno);
  }

  /** {@return whether there is no such command, as opposed to one that cannot be executed} */
  public boolean notFound() {
    return errno() == Errno.ENOENT || errno() == Errno.ENOTDIR;
  }
}
