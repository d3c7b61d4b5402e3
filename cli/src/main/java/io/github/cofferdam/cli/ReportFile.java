package io.github.cofferdam.cli;

import io.github.cofferdam.sandbox.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code --report}. It is opened before the run, and not through a link: a command that
 * may write to its directory could otherwise lead the report somewhere else.
 */
final class ReportFile implements AutoCloseable {
  private final @Nullable OutputStream out;

  private ReportFile(@Nullable OutputStream out) {
    this.out = out;
  }

  static ReportFile open(@Nullable String path) throws IOException {
    if (path == null) {
      return new ReportFile(null);
    }
    Path file = Path.of(path);
    if (Files.isSymbolicLink(file)) {
      // Only for the message: what counts is the option below.
      throw new IOException("the report " + file + " is a symbolic link; name the file itself");
    }
    return new ReportFile(
        Files.newOutputStream(
            file,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            LinkOption.NOFOLLOW_LINKS));
  }

  void write(Outcome outcome) throws IOException {
    if (out != null) {
      out.write((outcome.toJson() + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
  }
}
