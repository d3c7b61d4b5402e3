package io.github.cofferdam.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds processes by an argument that nobody else has. */
final class Survivors {
  private Survivors() {}

  /** A number of seconds that only one test sleeps. */
  static String uniqueSeconds() {
    return "600." + System.nanoTime();
  }

  /** The command lines that contain a text; what has ended and was not waited for has none. */
  static List<String> of(String text) throws IOException {
    var found = new ArrayList<String>();
    try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
      for (Path entry : entries.toList()) {
        String line = commandLine(entry);
        if (line.contains(text)) {
          found.add(entry.getFileName() + ": " + line);
        }
      }
    }
    return found;
  }

  /**
   * Waits until somebody sleeps so long: a shell that is just about to start that may lose an
   * interrupt.
   */
  static void awaitSleep(String seconds) throws IOException, InterruptedException {
    String wanted = ": sleep " + seconds;
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (of(seconds).stream().noneMatch(line -> line.strip().endsWith(wanted))) {
      if (System.nanoTime() > end) {
        throw new AssertionError("nobody sleeps " + seconds + ": " + of(seconds));
      }
      Thread.sleep(10);
    }
  }

  private static String commandLine(Path process) {
    try {
      byte[] bytes = Files.readAllBytes(process.resolve("cmdline"));
      return new String(bytes, StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  /** Waits until none is left, and returns what is left after a time. */
  static List<String> after(Duration patience, String text)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    List<String> found = of(text);
    while (!found.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(20);
      found = of(text);
    }
    return found;
  }
}
