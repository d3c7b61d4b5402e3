package io.github.cofferdam.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code /proc/PID/stat} says of a process; see proc_pid_stat(5).
 *
 * @param start in clock ticks since the machine started: together with the number, this is the
 *     process
 */
record ProcessStat(int pid, char state, int parent, long start) {
  private static final int PARENT = 1;
  private static final int START = 19;

  /** {@return what it says now; empty if the process is gone, or there is no /proc} */
  static Optional<ProcessStat> of(int pid) {
    try {
      // pid (name) state parent ...; the name may hold anything
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", START + 2);
      return Optional.of(
          new ProcessStat(
              pid,
              fields[0].charAt(0),
              Integer.parseInt(fields[PARENT]),
              Long.parseLong(fields[START])));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** {@return whether it was stopped by a signal} */
  boolean stopped() {
    return state == 'T';
  }

  /** {@return whether it has ended, and nobody has taken note of that} */
  boolean ended() {
    return state == 'Z' || state == 'X';
  }
}
