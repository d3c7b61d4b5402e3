package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;

/** There is no such command, or it cannot be executed. */
public final class NotExecutedException extends SandboxException {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  NotExecutedException(String message, Errno errno) {
    super(message);
    this.errno = errno;
  }

  /** The same in other words; the reason stays what it was. */
  NotExecutedException(String message, NotExecutedException cause) {
    super(message, cause.reason(), cause);
    errno = cause.errno;
  }

  /** {@return whether the command exists, but may not or cannot be executed} */
  public boolean found() {
    return errno != Errno.ENOENT && errno != Errno.ENOTDIR;
  }

  /**
   * {@return what the kernel answered to {@code execve(2)}; ENOENT if nothing was found in PATH}
   */
  public Errno errno() {
    return errno;
  }
}
