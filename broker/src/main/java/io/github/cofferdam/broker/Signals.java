package io.github.cofferdam.broker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a thread has a signal that it would take if it did not wait for an answer.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_status.5.html">proc_pid_status(5)</a>
 */
final class Signals {
  /** SIGCONT, SIGCHLD, SIGURG, SIGWINCH: of no consequence to those that do not catch them. */
  private static final long HARMLESS = bit(18) | bit(17) | bit(23) | bit(28);

  private Signals() {}

  private static long bit(int signal) {
    return 1L << signal - 1;
  }

  /** {@return whether one is pending that is neither blocked nor ignored} */
  static boolean pending(int thread) {
    long pending = 0;
    long blocked = 0;
    long ignored = 0;
    long caught = 0;
    try {
      Path status = Path.of("/proc", Integer.toString(thread), "status");
      for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
        int colon = line.indexOf(':');
        switch (line.substring(0, Math.max(0, colon))) {
          case "SigPnd", "ShdPnd" -> pending |= mask(line, colon);
          case "SigBlk" -> blocked = mask(line, colon);
          case "SigIgn" -> ignored = mask(line, colon);
          case "SigCgt" -> caught = mask(line, colon);
          default -> {}
        }
      }
    } catch (IOException | NumberFormatException e) {
      // It has ended, or there is no /proc: then it waits until the call is over.
      return false;
    }
    return (pending & ~blocked & ~ignored & (caught | ~HARMLESS)) != 0;
  }

  private static long mask(String line, int colon) {
    return Long.parseUnsignedLong(line.substring(colon + 1).strip(), 16);
  }
}
