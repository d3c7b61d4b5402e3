package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.ProcessStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Who made a call, for people who read of it. A program can call itself what it likes and be gone
 * by the time anybody looks: nothing is decided by this.
 *
 * @param pid the process, 0 if it is not known
 * @param file what it executes, empty if it is not known
 */
record Program(long pid, String file) {
  /** {@return the program of a thread} */
  static Program of(int thread) {
    return new Program(process(thread), file(thread));
  }

  private static String file(int thread) {
    try {
      Path link = Path.of("/proc", Integer.toString(thread), "exe");
      return OsText.of(Files.readSymbolicLink(link));
    } catch (IOException e) {
      // It has ended, or nobody may look.
      return "";
    }
  }

  private static long process(int thread) {
    try {
      return ProcessStatus.of(thread).number("Tgid").orElse(0L);
    } catch (IOException e) {
      // As above.
      return 0;
    }
  }
}
