package io.github.cofferdam.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Figures from {@code /proc}; see proc(5). */
final class ProcFiles {
  private static final long PAGE = 4096;

  private ProcFiles() {}

  /** {@return the number after a name, such as {@code Threads:}} */
  static OptionalLong number(Path file, String name) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(name)) {
        String digits = line.substring(name.length()).strip().split("[^0-9]", 2)[0];
        return digits.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits));
      }
    }
    return OptionalLong.empty();
  }

  /** {@return threads of this process} */
  static long threads() throws IOException {
    return number(Path.of("/proc/self/status"), "Threads:").orElseThrow();
  }

  /** {@return open descriptors of this process, one of them for looking} */
  static long descriptors() throws IOException {
    long count = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (var all = files.iterator(); all.hasNext(); all.next()) {
        count++;
      }
    }
    return count;
  }

  /** {@return memory that can be had without paging, in bytes} */
  static long available() throws IOException {
    return number(Path.of("/proc/meminfo"), "MemAvailable:").orElse(0) * 1024;
  }

  /**
   * {@return memory of a process in bytes: what it shares counts in part, each sharer having the
   * same; empty if this user may not know, as it may not of processes that cannot be debugged}
   */
  static OptionalLong proportional(String process) {
    try {
      OptionalLong kilobytes = number(Path.of("/proc", process, "smaps_rollup"), "Pss:");
      return kilobytes.isPresent()
          ? OptionalLong.of(kilobytes.getAsLong() * 1024)
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** {@return memory of a process in bytes: what it shares counts in full; anybody may know} */
  static long resident(long process) throws IOException {
    String pages = Files.readString(Path.of("/proc/" + process + "/statm")).split(" ", 3)[1];
    return Long.parseLong(pages) * PAGE;
  }
}
