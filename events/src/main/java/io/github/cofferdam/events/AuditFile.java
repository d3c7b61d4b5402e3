package io.github.cofferdam.events;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * Opens the file of the audit log, and nothing that leads the log somewhere else: no symbolic link,
 * no second name of another file, no file that others own or may write. What is checked is what was
 * opened, whatever has its name by then.
 */
final class AuditFile {
  private static final int GETEUID = Syscall.number("geteuid");

  /** Opening a FIFO does not wait, and a terminal does not become this session's. */
  private static final int APPEND =
      Uapi.O_WRONLY() | Uapi.O_APPEND() | Uapi.O_CREAT() | Uapi.O_NONBLOCK() | Uapi.O_NOCTTY();

  private AuditFile() {}

  /**
   * Opens a file for appending; it is made with mode 0600 when it is not there.
   *
   * @param file an absolute path
   * @return a stream on which one write of an array is one {@code write(2)} with {@code O_APPEND}
   * @throws AuditException when the file cannot be opened or is not safe to write to
   */
  static OutputStream open(Path file) throws AuditException {
    try (Directory directory = directory(file)) {
      String name = name(file);
      Optional<FileStatus> before = directory.look(name);
      if (before.isPresent()) {
        // A device should not even be opened.
        check(file, before.get());
      }
      try (Fd opened = directory.openFile(name, APPEND, 0600)) {
        check(file, FileStatus.of(opened));
        // The same file, by a name for the descriptor. Files.newOutputStream, unlike a channel,
        // does not close itself when the thread is interrupted, and writes an array at once.
        return Files.newOutputStream(
            Path.of("/proc/self/fd/" + opened.number()),
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND);
      }
    } catch (AuditException e) {
      throw e;
    } catch (KernelException e) {
      throw new AuditException(
          "the audit log " + file + " cannot be opened: " + e.errno().text(), e);
    } catch (IOException e) {
      throw new AuditException("the audit log " + file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  private static Directory directory(Path file) throws IOException {
    try {
      return Directory.open(Objects.requireNonNullElse(file.getParent(), file));
    } catch (KernelException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      throw new AuditException(
          "the directory of the audit log " + file + " does not exist; make it first", e);
    }
  }

  private static String name(Path file) throws AuditException {
    String path = OsText.of(file);
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new AuditException("the audit log " + file + " is not a regular file");
    }
    return name;
  }

  /** Makes sure that it is safe to write to. */
  private static void check(Path file, FileStatus status) throws AuditException {
    String log = "the audit log " + file;
    if (status.isSymbolicLink()) {
      throw new AuditException(log + " is a symbolic link; name the file itself");
    }
    if (!status.isRegularFile()) {
      throw new AuditException(log + " is not a regular file");
    }
    if (status.links() != 1) {
      throw new AuditException(
          log
              + " has "
              + status.links()
              + " names (hard links); remove the others, or name another file");
    }
    int user = (int) Syscall.call(GETEUID);
    if (status.owner() != user) {
      throw new AuditException(
          log
              + " belongs to user "
              + Integer.toUnsignedString(status.owner())
              + " and not to user "
              + Integer.toUnsignedString(user)
              + ", who runs this; name another file");
    }
    if ((status.permissions() & 0022) != 0) {
      throw new AuditException(log + " may be written by others; run: chmod go-w " + file);
    }
  }
}
