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
    return new Fail(errno.number());
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
   * {@return the call is not made and fails with a number that {@link Errno} may not name}
   *
   * @param number 1 to 4095
   */
  static Action errno(int number) {
    return new Fail(number);
  }

  /**
   * {@return the thread's tracer decides, with a number that it gets as {@code
   * PTRACE_GETEVENTMSG}}; without a tracer the call fails with ENOSYS
   *
   * @param data 0 to 65535
   */
  static Action trace(int data) {
    return new Trace(data);
  }

  /**
   * {@return whoever holds the filter's listener decides}; without a listener the call fails with
   * ENOSYS
   */
  static Action userNotification() {
    return Plain.USER_NOTIFICATION;
  }

  /**
   * {@return the 32 bits that a filter returns: {@code SECCOMP_RET_*} with its data in the lower 16
   * bits}
   */
  int returnValue();

  /**
   * {@return how strict the action is}: of several filters' answers the kernel takes the one with
   * the lowest number, of equal ones the newest filter's
   */
  default int precedence() {
    return returnValue() & Uapi.SECCOMP_RET_ACTION_FULL();
  }

  /**
   * {@return the action that a filter's 32 bits stand for}
   *
   * <p>Data that the kernel does not look at is dropped, errors above 4095 are 4095, and unknown
   * actions end the process, as they do in the kernel.
   */
  static Action of(int returnValue) {
    int data = returnValue & Uapi.SECCOMP_RET_DATA();
    int action = returnValue & Uapi.SECCOMP_RET_ACTION_FULL();
    if (action == Uapi.SECCOMP_RET_ERRNO()) {
      return data == 0 ? Plain.SKIP : new Fail(Math.min(data, 4095));
    }
    if (action == Uapi.SECCOMP_RET_TRACE()) {
      return new Trace(data);
    }
    for (Plain plain : Plain.values()) {
      if (plain.returnValue == action) {
        return plain;
      }
    }
    return Plain.KILL_PROCESS;
  }

  /** Actions that carry no data. */
  enum Plain implements Action {
    /** The call is made. */
    ALLOW(Uapi.SECCOMP_RET_ALLOW()),
    /** The call is made and logged. */
    LOG(Uapi.SECCOMP_RET_LOG()),
    /** A listener decides. */
    USER_NOTIFICATION(Uapi.SECCOMP_RET_USER_NOTIF()),
    /**
     * The call is not made and seems to have succeeded: {@code SECCOMP_RET_ERRNO} with the number
     * 0. No method makes it, since an error 0 is mostly a slip. It is no lie only where the caller
     * has already what he asks for: {@link Baseline#coreLimitChanges}.
     */
    SKIP(Uapi.SECCOMP_RET_ERRNO()),
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
   * @param number what it answers. The kernel caps numbers at 4095, and number 0 would fake a
   *     success; neither can be said here.
   */
  record Fail(int number) implements Action {
    /**
     * Refuses what the kernel would change.
     *
     * @throws IllegalArgumentException if it is not 1 to 4095
     */
    public Fail {
      if (number < 1 || number > 4095) {
        throw new IllegalArgumentException("a filter answers errors 1 to 4095, not " + number);
      }
    }

    /** {@return the error's name, {@link Errno#UNKNOWN} if it has none} */
    public Errno errno() {
      return Errno.of(number);
    }

    @Override
    public int returnValue() {
      return Uapi.SECCOMP_RET_ERRNO() | number;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Fail fail && number == fail.number;
    }

    @Override
    public int hashCode() {
      return number;
    }

    @Override
    public String toString() {
      Errno errno = errno();
      return "ERRNO(" + (errno == Errno.UNKNOWN ? number : errno.name()) + ")";
    }
  }

  /**
   * The tracer decides.
   *
   * @param data what it is told, 0 to 65535
   */
  record Trace(int data) implements Action {
    /**
     * Refuses what the kernel would change.
     *
     * @throws IllegalArgumentException if it is not 0 to 65535
     */
    public Trace {
      if (data < 0 || data > Uapi.SECCOMP_RET_DATA()) {
        throw new IllegalArgumentException("a tracer is told 0 to 65535, not " + data);
      }
    }

    @Override
    public int returnValue() {
      return Uapi.SECCOMP_RET_TRACE() | data;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Trace trace && data == trace.data;
    }

    @Override
    public int hashCode() {
      return data;
    }

    @Override
    public String toString() {
      return "TRACE(" + data + ")";
    }
  }
}
