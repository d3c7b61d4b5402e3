package io.github.cofferdam.broker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

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
      Path status = Path.of("/proc", Integer.toString(thread), "status");
      return pending(thread, Files.readAllLines(status, StandardCharsets.ISO_8859_1));
    } catch (IOException | NumberFormatException e) {
      // It has ended, or there is no /proc: then it waits until the call is over.
      return false;
    }
  }

  private static boolean pending(int thread, Iterable<String> status) {
    long own = 0;
    long shared = 0;
    long blocked = 0;
    long ignored = 0;
    long caught = 0;
    boolean first = false;
    for (String line : status) {
      int colon = line.indexOf(':');
      switch (line.substring(0, Math.max(0, colon))) {
        case "Tgid" -> first = line.substring(colon + 1).strip().equals(Integer.toString(thread));
        case "SigPnd" -> own = mask(line, colon);
        case "ShdPnd" -> shared = mask(line, colon);
        case "SigBlk" -> blocked = mask(line, colon);
        case "SigIgn" -> ignored = mask(line, colon);
        case "SigCgt" -> caught = mask(line, colon);
        default -> {}
      }
    }
    long pending = first ? own | shared : own;
    return (pending & ~blocked & ~ignored & (caught | ~HARMLESS)) != 0;
  }

  private static long mask(String line, int colon) {
    return Long.parseUnsignedLong(line.substring(colon + 1).strip(), 16);
  }
}
