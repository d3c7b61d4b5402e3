package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * What the kernel does with a system call that a filter has judged. Of several stacked filters the
 * strictest action wins (seccomp(2)).
 */
public sealed interface Action {

  /** {@return the call is made} */
  static Action allow() {
    return Plain.ALLOW;
  }

  /**
   * {@return the call is made and the audit log gets a record, if {@code actions_logged} has it}
   */
  static Action log() {
    return Plain.LOG;
  }

  /**
   * {@return the call is not made and fails}
   *
   * @throws IllegalArgumentException for {@link Errno#UNKNOWN}
   */
  static Action errno(Errno errno) {
    return new Fail(errno);
  }

  /**
   * {@return the call is not made and the thread gets SIGSYS, with the call's number in {@code
   * si_syscall}}; a Java virtual machine cannot handle that signal and ends.
   */
  static Action trap() {
    return Plain.TRAP;
  }

  /** {@return the thread ends as if by SIGSYS; its process lives on, seldom usefully} */
  static Action killThread() {
    return Plain.KILL_THREAD;
  }

  /** {@return the process ends as if by SIGSYS} */
  static Action killProcess() {
    return Plain.KILL_PROCESS;
  }

  /**
   * {@return the 32 bits that a filter returns: {@code SECCOMP_RET_*} with its data in the lower 16
   * bits}
   */
  int returnValue();

  /**
   * {@return the action that a filter's 32 bits stand for}
   *
   * @throws IllegalArgumentException if they are none of the actions that this class knows
   */
  static Action of(int returnValue) {
    int data = returnValue & Uapi.SECCOMP_RET_DATA();
    if ((returnValue & Uapi.SECCOMP_RET_ACTION_FULL()) == Uapi.SECCOMP_RET_ERRNO()) {
      return new Fail(Errno.of(data));
    }
    for (Plain plain : Plain.values()) {
      if (plain.returnValue == returnValue) {
        return plain;
      }
    }
    throw new IllegalArgumentException(
        "not an action of a filter: 0x" + Integer.toHexString(returnValue));
  }

  /** Actions that carry no data. */
  enum Plain implements Action {
    /** The call is made. */
    ALLOW(Uapi.SECCOMP_RET_ALLOW()),
    /** The call is made and logged. */
    LOG(Uapi.SECCOMP_RET_LOG()),
    /** SIGSYS. */
    TRAP(Uapi.SECCOMP_RET_TRAP()),
    /** The thread ends. */
    KILL_THREAD(Uapi.SECCOMP_RET_KILL_THREAD()),
    /** The process ends. */
    KILL_PROCESS(Uapi.SECCOMP_RET_KILL_PROCESS());

    private final int returnValue;

    Plain(int returnValue) {
      this.returnValue = returnValue;
    }

    @Override
    public int returnValue() {
      return returnValue;
    }
  }

  /**
   * The call fails.
   *
   * @param errno what it answers. The kernel caps numbers at 4095, and number 0 would fake a
   *     success; neither can be said here.
   */
  record Fail(Errno errno) implements Action {
    /** Checks. */
    public Fail {
      if (errno.number() < 1 || errno.number() > 4095) {
        throw new IllegalArgumentException("a filter cannot answer " + errno);
      }
    }

    @Override
    public int returnValue() {
      return Uapi.SECCOMP_RET_ERRNO() | errno.number();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Fail fail && errno == fail.errno;
    }

    @Override
    public int hashCode() {
      return errno.hashCode();
    }

    @Override
    public String toString() {
      return "ERRNO(" + errno.name() + ")";
    }
  }
}
