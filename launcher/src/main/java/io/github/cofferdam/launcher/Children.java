package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * This process's own children, which keep their process ids until somebody waits for them: {@link
 * Reaping} does.
 */
final class Children {
  private static final int KILL = Syscall.number("kill");
  private static final int PIDFD_OPEN = Syscall.number("pidfd_open");
  private static final int PIDFD_SEND_SIGNAL = Syscall.number("pidfd_send_signal");

  private Children() {}

  /** {@return a descriptor of a child, which can be read from when it has ended}; pidfd_open(2). */
  static Fd open(int pid) throws KernelException {
    return Fd.owning(Syscall.call(PIDFD_OPEN, pid, 0), "pidfd_open", "watch process " + pid);
  }

  /**
   * Sends a signal to a child, or to a process group. What the kernel says to that does not matter:
   * it may have ended.
   *
   * @param pid a process id, or the number of a process group with a minus sign
   */
  static void signal(int pid, int number) {
    Syscall.call(KILL, pid, number);
  }

  /**
   * Sends a signal to the process of a pidfd; nothing happens if it has ended or that is closed.
   */
  static void signal(Fd process, int number) throws KernelException {
    if (!process.acquire()) {
      return;
    }
    try {
      long result = Syscall.call(PIDFD_SEND_SIGNAL, process.number(), number, 0, 0);
      if (result != -Errno.ESRCH.number()) {
        Syscall.check(result, "pidfd_send_signal", "send signal " + number);
      }
    } finally {
      process.release();
    }
  }

  /** A command that can signal its supervisor may stop it, and would then run without one. */
  static void continueIfStopped(int pid) {
    if (ProcessStat.of(pid).filter(ProcessStat::stopped).isPresent()) {
      signal(pid, Uapi.SIGCONT());
    }
  }
}
