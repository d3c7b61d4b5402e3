package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    Path folder = Path.of("/proc", Integer.toString(thread));
    return new Program(process(folder), file(folder));
  }

  private static String file(Path folder) {
    try {
      return OsText.of(Files.readSymbolicLink(folder.resolve("exe")));
    } catch (IOException | RuntimeException e) {
      // It has ended, or nobody may look.
      return "";
    }
  }

  private static long process(Path folder) {
    try {
      // Lines end with \n and nothing else: a program's name for itself may have a \r in it.
      String status = Files.readString(folder.resolve("status"), StandardCharsets.ISO_8859_1);
      for (String line : status.split("\n", -1)) {
        if (line.startsWith("Tgid:")) {
          return Long.parseLong(line.substring("Tgid:".length()).strip());
        }
      }
    } catch (IOException | RuntimeException e) {
      // As above.
    }
    return 0;
  }
}
