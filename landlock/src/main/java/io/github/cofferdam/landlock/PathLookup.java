package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Looks paths up as this process sees them. */
final class PathLookup {

  /**
   * Where a path leads.
   *
   * @param checkable whether its identity stays the same as long as it is the same
   */
  record Found(Path real, FileStatus status, boolean checkable) {}

  private PathLookup() {}

  /** {@return where a path leads, empty if there is nothing} */
  static Optional<Found> find(Path path) throws PathGrantException {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (beneathFile(path)) {
        return Optional.empty();
      }
      throw unreachable(path, e);
    }
    refuseOwnProc(path, real);
    try {
      return Optional.of(new Found(real, FileStatus.of(real), !FileStatus.inProc(real)));
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw unreachable(path, e);
    }
  }

  private static PathGrantException unreachable(Path path, IOException cause) {
    var unreachable =
        new PathGrantException(path, Reason.UNREACHABLE, "cannot look up " + path + ": " + cause);
    unreachable.initCause(cause);
    return unreachable;
  }

  /** ENOTDIR, which Java does not tell from other errors: something on the way is no directory. */
  private static boolean beneathFile(Path path) {
    for (Path parent = path.toAbsolutePath().getParent();
        parent != null;
        parent = parent.getParent()) {
      if (Files.exists(parent)) {
        return !Files.isDirectory(parent);
      }
    }
    return false;
  }

  /** /proc/self, /dev/fd and /etc/mtab lead to whoever asks; that would be this process. */
  private static void refuseOwnProc(Path path, Path real) throws PathGrantException {
    Path own = Path.of("/proc", Long.toString(ProcessHandle.current().pid()));
    if (real.startsWith(own) && !path.toAbsolutePath().normalize().startsWith(own)) {
      throw new PathGrantException(
          path,
          Reason.OWN_PROC_DIRECTORY,
          path
              + " leads to "
              + real
              + ", which is this process's own and not that of the process that will be confined;"
              + " grant /proc, or name the directory by its number");
    }
  }
}
