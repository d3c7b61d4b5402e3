package io.github.cofferdam.bindings;

import java.io.IOException;

/**
 * A system call failed. Carries its name, the error number and what was being done, so that a
 * caller can decide and a person can act.
 */
public class KernelException extends IOException {
  private static final long serialVersionUID = 1;

  private final String syscall;
  private final int errno;
  private final String doing;

  /**
   * Creates one.
   *
   * @param syscall name of the system call, as in {@code syscalls(2)}
   * @param errno what the kernel answered
   * @param doing what was attempted, in words that follow "cannot": {@code "open /etc/hosts"}
   */
  public KernelException(String syscall, Errno errno, String doing) {
    super("cannot " + doing + ": " + syscall + ": " + errno.text() + " (" + errno.name() + ")");
    this.syscall = syscall;
    this.errno = errno.number();
    this.doing = doing;
  }

  /** {@return the system call that failed} */
  public String syscall() {
    return syscall;
  }

  /** {@return what the kernel answered} */
  public Errno errno() {
    return Errno.of(errno);
  }

  /** {@return what was attempted} */
  public String doing() {
    return doing;
  }
}
