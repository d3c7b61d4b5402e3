package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Looks paths up as this process sees them, many of them one after the other: what is found out
 * about a directory, or about a file system, is not asked for again.
 */
final class PathLookup {
  private static final int STATFS = Syscall.number("statfs");

  /** Where directories lead. */
  private final Map<Path, Path> directories = new HashMap<>();

  /** Whether file systems are a {@code /proc}, by their device numbers. */
  private final Map<Long, Boolean> procs = new HashMap<>();

  /**
   * Where a path leads.
   *
   * @param checkable whether its identity stays the same as long as it is the same
   */
  record Found(Path real, FileStatus status, boolean checkable) {}

  /** {@return where a path leads, empty if there is nothing} */
  Optional<Found> find(Path path) throws PathGrantException {
    try {
      Optional<Found> beside = findBeside(path);
      if (beside.isPresent()) {
        refuseOwnProc(path, beside.get().real());
        return beside;
      }
      Path real = path.toRealPath();
      refuseOwnProc(path, real);
      return Optional.of(found(real, FileStatus.require(real)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (PathGrantException e) {
      throw e;
    } catch (IOException e) {
      boolean gone = e instanceof KernelException kernel && kernel.errno() == Errno.ENOENT;
      if (gone || beneathFile(path)) {
        return Optional.empty();
      }
      throw unreachable(path, e);
    }
  }

  /** As most paths do: it leads nowhere else itself, in a directory of which that is known. */
  private Optional<Found> findBeside(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null || !path.isAbsolute() || isDots(path)) {
      return Optional.empty();
    }
    Path directory = directories.get(parent);
    if (directory == null) {
      directory = parent.toRealPath();
      directories.put(parent, directory);
    }
    Path real = directory.resolve(path.getFileName());
    FileStatus status = FileStatus.require(real);
    return status.isSymbolicLink() ? Optional.empty() : Optional.of(found(real, status));
  }

  private static boolean isDots(Path path) {
    String name = path.getFileName().toString();
    return name.equals(".") || name.equals("..");
  }

  private Found found(Path real, FileStatus status) throws KernelException {
    long device = (long) status.major() << 32 | status.minor();
    Boolean proc = procs.get(device);
    if (proc == null) {
      proc = inProc(real);
      procs.put(device, proc);
    }
    return new Found(real, status, !proc);
  }

  /**
   * {@return whether a path lies in a {@code /proc}}, where inode numbers are made up anew each
   * time, and which is another one in another process-id namespace
   */
  static boolean inProc(Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(StatLayout.STATFS_SIZE, Long.BYTES);
      MemorySegment name = OsText.allocate(arena, OsText.of(path.toAbsolutePath()));
      Syscall.check(
          Syscall.call(STATFS, name.address(), buffer.address()), "statfs", "look at " + path);
      return buffer.get(ValueLayout.JAVA_LONG, StatLayout.STATFS_TYPE) == Uapi.PROC_SUPER_MAGIC();
    }
  }

  private static PathGrantException unreachable(Path path, IOException cause) {
    String why = cause instanceof KernelException kernel ? kernel.getMessage() : cause.toString();
    var unreachable =
        new PathGrantException(path, Reason.UNREACHABLE, "cannot look up " + path + ": " + why);
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
