package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.DirectoryEntries;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The entries of a directory, as bytes, with what they are: half the system calls that a directory
 * stream and a look at each entry need. No link is followed on the way to the directory, and what
 * somebody has put in its place, such as a FIFO, is not waited for.
 */
final class DirectoryListing {
  private static final int OPENAT2 = Syscall.number("openat2");

  /** {@code struct open_how: 0 | flags 64 | mode 64 | resolve 64 | 24}. */
  private static final int HOW_SIZE = 24;

  private static final int HOW_RESOLVE = 16;

  private DirectoryListing() {}

  /** Is told the entries. */
  interface Visitor {
    /**
     * Looks at one entry; {@code .} and {@code ..} are left out.
     *
     * @param directory whether it is a directory, and no link to one
     */
    void entry(byte[] name, boolean directory) throws Refusal;
  }

  /**
   * Reads a directory.
   *
   * @throws KernelException if it cannot be read; ELOOP and ENOTDIR if it is none any more
   */
  static void read(Path directory, Visitor visitor) throws KernelException, Refusal {
    try (Arena arena = Arena.ofConfined();
        Fd opened = open(directory, arena)) {
      var entries = new DirectoryEntries(opened, arena);
      boolean more = true;
      while (more) {
        more =
            entries.<Refusal>read(
                "list " + OsText.show(directory),
                (name, kind) -> visitor.entry(name, isDirectory(directory, name, kind)));
      }
    }
  }

  /** A slash at the end: what is no directory is refused without being opened. */
  private static Fd open(Path directory, Arena arena) throws KernelException {
    MemorySegment name = OsText.allocate(arena, OsText.of(directory) + "/");
    MemorySegment how = arena.allocate(HOW_SIZE, Long.BYTES);
    how.set(ValueLayout.JAVA_LONG, 0, Uapi.O_RDONLY() | Uapi.O_CLOEXEC());
    how.set(
        ValueLayout.JAVA_LONG,
        HOW_RESOLVE,
        Uapi.RESOLVE_NO_SYMLINKS() | Uapi.RESOLVE_NO_MAGICLINKS());
    return Fd.owning(
        Syscall.call(OPENAT2, Uapi.AT_FDCWD(), name.address(), how.address(), HOW_SIZE),
        "openat2",
        "open " + OsText.show(directory));
  }

  private static boolean isDirectory(Path directory, byte[] name, DirectoryEntries.Kind kind) {
    return switch (kind) {
      case DIRECTORY -> true;
      case OTHER -> false;
      case UNKNOWN -> {
        Path entry = directory.resolve(OsText.path(OsText.decode(name, 0, name.length)));
        yield Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
      }
    };
  }
}
