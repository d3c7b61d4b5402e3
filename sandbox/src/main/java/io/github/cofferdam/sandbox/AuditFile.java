package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Opens the file of the audit log, and nothing that leads the log somewhere else: no symbolic link,
 * no second name of another file, no file that others own or may write.
 */
final class AuditFile {
  private static final String ATTRIBUTES =
      "unix:mode,uid,nlink,fileKey,isRegularFile,isSymbolicLink";

  private AuditFile() {}

  /**
   * Opens a file for appending; it is made with mode 0600 when it is not there.
   *
   * @param file an absolute path
   * @return a stream on which one write of an array is one {@code write(2)} with {@code O_APPEND}
   * @throws AuditException when the file cannot be opened or is not safe to write to
   */
  static OutputStream open(Path file) throws AuditException {
    try {
      create(file);
      // Before opening, because opening a FIFO would wait for a reader; after it, because the name
      // could have changed.
      Object before = check(file);
      // Files.newOutputStream, unlike a channel, does not close itself when the thread is
      // interrupted.
      OutputStream out =
          Files.newOutputStream(
              file, StandardOpenOption.WRITE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
      try {
        if (!before.equals(check(file))) {
          throw new AuditException("the audit log " + file + " changed while it was opened");
        }
      } catch (IOException e) {
        out.close();
        throw e;
      }
      return out;
    } catch (AuditException e) {
      throw e;
    } catch (FileSystemException e) {
      throw new AuditException(
          "the audit log "
              + file
              + " cannot be opened: "
              + Objects.requireNonNullElse(e.getReason(), e.getClass().getSimpleName()),
          e);
    } catch (IOException e) {
      throw new AuditException("the audit log " + file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  private static void create(Path file) throws IOException {
    try {
      Set<PosixFilePermission> mode = PosixFilePermissions.fromString("rw-------");
      Files.createFile(file, PosixFilePermissions.asFileAttribute(mode));
    } catch (FileAlreadyExistsException e) {
      // The usual case; what it is decides check().
    } catch (NoSuchFileException e) {
      throw new AuditException(
          "the directory of the audit log " + file + " does not exist; make it first", e);
    }
  }

  /** {@return which file has this name now, after checking that it is safe to write to} */
  private static Object check(Path file) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    String log = "the audit log " + file;
    if (Boolean.TRUE.equals(attributes.get("isSymbolicLink"))) {
      throw new AuditException(log + " is a symbolic link; name the file itself");
    }
    if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
      throw new AuditException(log + " is not a regular file");
    }
    if (number(attributes, "nlink") != 1) {
      throw new AuditException(
          log
              + " has "
              + number(attributes, "nlink")
              + " names (hard links); remove the others, or name another file");
    }
    int user = effectiveUser();
    if (number(attributes, "uid") != user) {
      throw new AuditException(
          log
              + " belongs to user "
              + number(attributes, "uid")
              + " and not to user "
              + user
              + ", who runs this; name another file");
    }
    if ((number(attributes, "mode") & 0022) != 0) {
      throw new AuditException(log + " may be written by others; run: chmod go-w " + file);
    }
    return Objects.requireNonNull(attributes.get("fileKey"));
  }

  private static int number(Map<String, Object> attributes, String name) {
    return ((Number) Objects.requireNonNull(attributes.get(name))).intValue();
  }

  /** {@return the user id that files are made with: the fourth number of the Uid line} */
  private static int effectiveUser() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("Uid:")) {
        return Integer.parseUnsignedInt(line.substring(line.lastIndexOf('\t') + 1));
      }
    }
    throw new AuditException("/proc/self/status has no line Uid");
  }
}
