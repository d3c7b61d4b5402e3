package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.ProcessStatus;
import java.io.IOException;
import java.util.Optional;

/**
 * Whether a thread has a signal that it would take if it did not wait for an answer.
 *
 * <p>It must be this one that the kernel has told of the signal: another one that was taken out of
 * its call would have nothing to do, and see an error that is the kernel's own. A signal for a
 * whole process goes to its first thread, unless that one blocks it; which other thread it went to
 * then is not to be known, so those have theirs when their calls are over.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_status.5.html">proc_pid_status(5)</a>
 */
final class Signals {
  /** SIGCONT, SIGCHLD, SIGURG, SIGWINCH: of no consequence to those that do not catch them. */
  private static final long HARMLESS = bit(18) | bit(17) | bit(23) | bit(28);

  private Signals() {}

  private static long bit(int signal) {
    return 1L << (signal - 1);
  }

  /** {@return whether one is pending that is neither blocked nor ignored} */
  static boolean pending(int thread) {
    try {
      ProcessStatus status = ProcessStatus.of(thread);
      boolean first = status.number("Tgid").equals(Optional.of((long) thread));
      long pending = mask(status, "SigPnd") | (first ? mask(status, "ShdPnd") : 0);
      long taken = mask(status, "SigCgt") | ~HARMLESS;
      return (pending & taken & ~mask(status, "SigBlk") & ~mask(status, "SigIgn")) != 0;
    } catch (IOException | NumberFormatException e) {
      // It has ended, or there is no /proc: then it waits until the call is over.
      return false;
    }
  }

  private static long mask(ProcessStatus status, String name) {
    return Long.parseUnsignedLong(status.field(name).orElse("0"), 16);
  }
}
