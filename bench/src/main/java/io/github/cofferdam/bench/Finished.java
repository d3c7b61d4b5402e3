package io.github.cofferdam.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A command that has ended: tried before it is measured, or asked for something.
 *
 * @param status its exit status; -1 if it did not end in time, and was killed
 * @param output what it printed, errors included
 */
record Finished(int status, String output) {
  private static final int TOO_LATE = -1;

  /**
   * Runs a command without any input.
   *
   * @throws IOException if it cannot be executed
   */
  static Finished of(List<String> command, Duration patience)
      throws IOException, InterruptedException {
    // A file: of a pipe, what the command left running would hold the other end.
    Path output = Files.createTempFile("cofferdam-bench-", ".output");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
      return new Finished(ended ? process.exitValue() : TOO_LATE, text);
    } finally {
      Files.delete(output);
    }
  }

  /** {@return why this was no success, in one line; empty if it was} */
  Optional<String> failure() {
    if (status == 0) {
      return Optional.empty();
    }
    String what = status == TOO_LATE ? "does not end" : "exit status " + status;
    return Optional.of(
        output.isEmpty() ? what : what + ": " + output.replaceAll("\\p{Cntrl}+", " / "));
  }
}
