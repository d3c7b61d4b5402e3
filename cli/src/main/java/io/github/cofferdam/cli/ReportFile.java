package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.sandbox.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code --report}: a new one, which gets its name when the run is over and nothing is
 * left of the command's tree. So a command that may write to its directory can neither write to the
 * report nor replace it, and whoever finds an old one there finds none while the command runs.
 *
 * <p>A FIFO or a device is opened before the run, and written to at its end. Neither holds the run
 * up: a command may have left the FIFO there, or have it open and not read.
 */
final class ReportFile implements AutoCloseable {
  private static final int WRITE = Uapi.O_WRONLY() | Uapi.O_NONBLOCK() | Uapi.O_NOCTTY();

  /** How long the reader of a FIFO or a terminal may take nothing. */
  private static final long PATIENCE_MILLIS = 10_000;

  private static final long PAUSE_MILLIS = 10;

  private final Path path;
  private final @Nullable OutputFile file;
  private final @Nullable Fd special;

  private ReportFile(Path path, @Nullable OutputFile file, @Nullable Fd special) {
    this.path = path;
    this.file = file;
    this.special = special;
  }

  static ReportFile open(@Nullable String path) throws IOException {
    if (path == null) {
      return new ReportFile(Path.of(""), null, null);
    }
    Path target = WorkingDirectory.reach(OsText.path(path));
    if (isSpecial(target)) {
      return new ReportFile(target, null, special(target));
    }
    OutputFile file = OutputFile.of(target);
    try {
      file.removeOld();
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return new ReportFile(target, file, null);
  }

  private static Fd special(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    try (Directory directory = Directory.open(Objects.requireNonNull(absolute.getParent()))) {
      Fd opened = directory.openFile(OsText.of(absolute.getFileName()), WRITE, 0);
      if (FileStatus.of(opened).isRegularFile()) {
        opened.close();
        throw new IOException(path + " was replaced by a file while it was opened");
      }
      return opened;
    } catch (KernelException e) {
      if (e.errno() == Errno.ENXIO) {
        throw new IOException(
            path + " is a FIFO that nobody reads; start its reader first, or name another file", e);
      }
      throw e;
    }
  }

  private static boolean isSpecial(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isSymbolicLink(path)
        && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  void write(Outcome outcome) throws IOException {
    if (file == null && special == null) {
      return;
    }
    byte[] json = (outcome.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    if (file != null) {
      file.write(json);
    } else if (special != null) {
      write(special, json);
    }
  }

  private void write(Fd to, byte[] json) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment left = arena.allocateFrom(ValueLayout.JAVA_BYTE, json);
      long waited = 0;
      while (left.byteSize() > 0) {
        try {
          left = left.asSlice(to.write(left));
          waited = 0;
        } catch (KernelException e) {
          if (e.errno() != Errno.EAGAIN) {
            throw e;
          }
          if (waited >= PATIENCE_MILLIS) {
            throw new IOException("nobody takes the report from " + path, e);
          }
          Thread.sleep(PAUSE_MILLIS);
          waited += PAUSE_MILLIS;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the report was written");
    }
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
    if (special != null) {
      special.close();
    }
  }
}
