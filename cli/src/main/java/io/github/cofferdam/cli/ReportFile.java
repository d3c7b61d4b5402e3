package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
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
 * The file of {@code --report}: a new one, which gets its name when the run is over and nothing is
 * left of the command's tree. So a command that may write to its directory can neither write to the
 * report nor replace it, and whoever finds an old one there finds none while the command runs.
 *
 * <p>A FIFO or a device is opened before the run, and written to at its end.
 */
final class ReportFile implements AutoCloseable {
  private final @Nullable OutputFile file;
  private final @Nullable OutputStream stream;

  private ReportFile(@Nullable OutputFile file, @Nullable OutputStream stream) {
    this.file = file;
    this.stream = stream;
  }

  static ReportFile open(@Nullable String path) throws IOException {
    if (path == null) {
      return new ReportFile(null, null);
    }
    Path target = WorkingDirectory.reach(OsText.path(path));
    if (isSpecial(target)) {
      return new ReportFile(
          null, Files.newOutputStream(target, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }
    OutputFile file = OutputFile.of(target);
    try {
      file.removeOld();
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return new ReportFile(file, null);
  }

  private static boolean isSpecial(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isSymbolicLink(path)
        && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  void write(Outcome outcome) throws IOException {
    byte[] json = (outcome.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    if (file != null) {
      file.write(json);
    } else if (stream != null) {
      stream.write(json);
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
    if (stream != null) {
      stream.close();
    }
  }
}
