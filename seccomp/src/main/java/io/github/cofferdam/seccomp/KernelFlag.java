package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;

/**
 * What a kernel may be able to do when it installs a filter (seccomp(2), {@code
 * SECCOMP_FILTER_FLAG_*}), in the order in which kernels learnt it. {@link SeccompSupport} says
 * which of them one knows; {@link FilterFlag} has those that a caller asks for by name, the others
 * stand behind methods of {@link SeccompFilter}.
 */
public enum KernelFlag {
  /** All threads of the process at once; Linux 3.17. */
  TSYNC(Uapi.SECCOMP_FILTER_FLAG_TSYNC()),
  /** See {@link FilterFlag#LOG}; Linux 4.14. */
  LOG(Uapi.SECCOMP_FILTER_FLAG_LOG()),
  /** See {@link FilterFlag#SPEC_ALLOW}; Linux 4.17. */
  SPEC_ALLOW(Uapi.SECCOMP_FILTER_FLAG_SPEC_ALLOW()),
  /** A descriptor that answers {@link Action#userNotification}; Linux 5.0. */
  NEW_LISTENER(Uapi.SECCOMP_FILTER_FLAG_NEW_LISTENER()),
  /**
   * A thread that cannot be synchronised is the error ESRCH instead of its id, which makes TSYNC
   * and NEW_LISTENER possible together; Linux 5.7.
   */
  TSYNC_ESRCH(Uapi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH()),
  /**
   * Once its notification has been received, only a deadly signal ends a call before it is
   * answered: others would make the target repeat a call that the supervisor has made already.
   * Needs {@link #NEW_LISTENER}; Linux 5.19.
   */
  WAIT_KILLABLE_RECV(Uapi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV());

  private final long bit;

  KernelFlag(long bit) {
    this.bit = bit;
  }

  /** {@return the flag's bit in the second argument of seccomp(2)} */
  public long bit() {
    return bit;
  }

  String constant() {
    return "SECCOMP_FILTER_FLAG_" + name();
  }

  /**
   * Whether a kernel knows the flag. It looks at the flags before it reads the program: with an
   * address that nobody can read, EFAULT means that it would have gone on. Nothing is installed.
   */
  boolean knownBy(Kernel kernel) {
    // Without a listener to wait for, the flag is refused by those who know it as well.
    long bits = this == WAIT_KILLABLE_RECV ? bit | NEW_LISTENER.bit : bit;
    return tryNull(kernel, bits) == -Errno.EFAULT.number();
  }

  /** What a kernel answers to a program at address 0. */
  static long tryNull(Kernel kernel, long bits) {
    Step step =
        Step.of(
            "seccomp",
            "ask for filters",
            Arg.of(Uapi.SECCOMP_SET_MODE_FILTER(), "SECCOMP_SET_MODE_FILTER"),
            Arg.of(bits),
            Arg.of(0, "NULL"));
    return kernel.call(step, new long[] {Uapi.SECCOMP_SET_MODE_FILTER(), bits, 0, 0, 0, 0});
  }
}
