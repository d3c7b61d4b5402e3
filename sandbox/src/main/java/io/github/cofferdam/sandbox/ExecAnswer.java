package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The error that {@link ProcessBuilder} names where Cofferdam says that there is no such command.
 * It tries whatever has the name, so that a directory is a refusal, and what lies beneath a file
 * has an error of its own.
 */
final class ExecAnswer {
  private ExecAnswer() {}

  /**
   * {@return the error}
   *
   * @param answered what was found out about it
   * @param directory the working directory
   * @param search the list of directories in which it was looked for
   */
  static Errno of(Errno answered, String program, Path directory, String search) {
    if (answered != Errno.ENOENT || program.isEmpty()) {
      return answered;
    }
    if (program.indexOf('/') >= 0) {
      Errno there = look(directory.resolve(OsText.path(program)));
      return there == Errno.ENOTDIR ? there : answered;
    }
    boolean refused = false;
    Errno last = answered;
    for (String entry : search.split(":", -1)) {
      last = look(directory.resolve(OsText.path(entry)).resolve(OsText.path(program)));
      refused |= last == Errno.EACCES;
    }
    return refused ? Errno.EACCES : last;
  }

  /** As far as it can be told from here. */
  private static Errno look(Path candidate) {
    if (Files.isDirectory(candidate)) {
      return Errno.EACCES;
    }
    try {
      FileStatus.require(candidate);
      // The interpreter that it names, or its loader.
      return Errno.ENOENT;
    } catch (KernelException e) {
      return e.errno();
    }
  }
}
