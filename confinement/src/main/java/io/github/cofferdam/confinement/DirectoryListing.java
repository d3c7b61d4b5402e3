package io.github.cofferdam.confinement;

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
  private static final int GETDENTS = Syscall.number("getdents64");

  /** {@code struct open_how: 0 | flags 64 | mode 64 | resolve 64 | 24}. */
  private static final int HOW_SIZE = 24;

  private static final int HOW_RESOLVE = 16;

  /**
   * {@code struct linux_dirent64: 0 | d_ino 64 | d_off 64 | d_reclen 16 | d_type 8 | d_name...}.
   */
  private static final int RECORD_LENGTH = 16;

  private static final int RECORD_TYPE = 18;
  private static final int RECORD_NAME = 19;

  private static final int BUFFER = 32 << 10;

  /** {@code DT_*} of readdir(3). */
  private static final int UNKNOWN = 0;

  private static final int DIRECTORY = 4;

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
      MemorySegment buffer = arena.allocate(BUFFER, Long.BYTES);
      while (true) {
        long size =
            Syscall.check(
                Syscall.call(GETDENTS, opened.number(), buffer.address(), BUFFER),
                "getdents64",
                "list " + OsText.show(directory));
        if (size == 0) {
          return;
        }
        records(directory, buffer.asSlice(0, size), visitor);
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

  private static void records(Path directory, MemorySegment records, Visitor visitor)
      throws KernelException, Refusal {
    long at = 0;
    while (at < records.byteSize()) {
      int length = Short.toUnsignedInt(records.get(ValueLayout.JAVA_SHORT, at + RECORD_LENGTH));
      int type = records.get(ValueLayout.JAVA_BYTE, at + RECORD_TYPE);
      byte[] name = name(records.asSlice(at + RECORD_NAME, length - RECORD_NAME));
      if (!isDots(name)) {
        visitor.entry(name, type == UNKNOWN ? isDirectory(directory, name) : type == DIRECTORY);
      }
      at += length;
    }
  }

  private static byte[] name(MemorySegment record) {
    long size = 0;
    while (size < record.byteSize() && record.get(ValueLayout.JAVA_BYTE, size) != 0) {
      size++;
    }
    return record.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
  }

  private static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  /** Some file systems leave the kind out. */
  private static boolean isDirectory(Path directory, byte[] name) {
    Path entry = directory.resolve(OsText.path(OsText.decode(name, 0, name.length)));
    return Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
  }
}
