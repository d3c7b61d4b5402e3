package io.github.cofferdam.seccomp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the kernel says about a thread's filters, in {@code /proc/thread-self/status} (proc(5)).
 *
 * @param mode 0 without seccomp, 1 strict, 2 behind at least one filter; empty where the kernel has
 *     no seccomp or there is no {@code /proc}
 * @param filters how many filters it is behind; empty before Linux 5.9
 * @param noNewPrivileges whether it can never gain privileges by executing something
 */
public record ThreadStatus(OptionalInt mode, OptionalInt filters, boolean noNewPrivileges) {
  private static final Path FILE = Path.of("/proc/thread-self/status");
  private static final Path MAIN = Path.of("/proc/self/status");
  private static final int FILTERED = 2;

  /** {@return what holds for the calling thread} */
  public static ThreadStatus ofThisThread() {
    return read(FILE);
  }

  /** {@return what holds for the process's first thread}, which seldom confines itself alone */
  public static ThreadStatus ofMainThread() {
    return read(MAIN);
  }

  private static ThreadStatus read(Path file) {
    try {
      return parse(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // No /proc here: nothing is known, which the empty values say.
      return parse(List.of());
    }
  }

  static ThreadStatus parse(List<String> lines) {
    return new ThreadStatus(
        field(lines, "Seccomp:"),
        field(lines, "Seccomp_filters:"),
        field(lines, "NoNewPrivs:").equals(OptionalInt.of(1)));
  }

  /** {@return whether the thread is known to be behind a filter} */
  public boolean filtered() {
    return mode.equals(OptionalInt.of(FILTERED));
  }

  private static OptionalInt field(List<String> lines, String name) {
    for (String line : lines) {
      if (line.startsWith(name)) {
        return OptionalInt.of(Integer.parseInt(line.substring(name.length()).strip()));
      }
    }
    return OptionalInt.empty();
  }
}
