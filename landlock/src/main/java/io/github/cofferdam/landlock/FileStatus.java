package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * What {@code statx(2)} says about a path; a symbolic link at its end is not followed.
 *
 * @param identity which file it is
 * @param mode type and permissions
 * @param links how many names it has
 */
record FileStatus(FileIdentity identity, int mode, long links) {
  /** What is asked for. */
  static final int MASK =
      Uapi.STATX_TYPE()
          | Uapi.STATX_MODE()
          | Uapi.STATX_NLINK()
          | Uapi.STATX_INO()
          | Uapi.STATX_BTIME();

  /** {@code struct statx_timestamp: | tv_sec 64 | tv_nsec 32 | reserved 32 |}. */
  static final long BIRTH_NANOS = StatLayout.STATX_BIRTH_NANOS;

  private static final int STATX = Syscall.number("statx");
  private static final int STATFS = Syscall.number("statfs");

  static FileStatus of(Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(StatLayout.STATX_SIZE, Long.BYTES);
      Syscall.check(
          Syscall.call(
              STATX,
              Uapi.AT_FDCWD(),
              address(path, arena),
              Uapi.AT_SYMLINK_NOFOLLOW(),
              MASK,
              buffer.address()),
          "statx",
          "look at " + path);
      return new FileStatus(
          new FileIdentity(
              int32(buffer, StatLayout.STATX_MAJOR),
              int32(buffer, StatLayout.STATX_MINOR),
              buffer.get(ValueLayout.JAVA_LONG, StatLayout.STATX_INODE),
              int32(buffer, BIRTH_NANOS)),
          buffer.get(ValueLayout.JAVA_SHORT, StatLayout.STATX_MODE) & 0xffff,
          Integer.toUnsignedLong(int32(buffer, StatLayout.STATX_LINKS)));
    }
  }

  /**
   * {@return whether a path lies in a {@code /proc}}, where inode numbers are made up anew each
   * time, and which is another one in another process-id namespace
   */
  static boolean inProc(Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(StatLayout.STATFS_SIZE, Long.BYTES);
      Syscall.check(
          Syscall.call(STATFS, address(path, arena), buffer.address()),
          "statfs",
          "look at " + path);
      return buffer.get(ValueLayout.JAVA_LONG, StatLayout.STATFS_TYPE) == Uapi.PROC_SUPER_MAGIC();
    }
  }

  boolean directory() {
    return type() == Uapi.S_IFDIR();
  }

  boolean symbolicLink() {
    return type() == Uapi.S_IFLNK();
  }

  int type() {
    return mode & Uapi.S_IFMT();
  }

  private static int int32(MemorySegment buffer, long offset) {
    return buffer.get(ValueLayout.JAVA_INT, offset);
  }

  private static long address(Path path, Arena arena) {
    byte[] text = OsText.encode(OsText.of(path.toAbsolutePath()));
    MemorySegment name = arena.allocate(text.length + 1L);
    MemorySegment.copy(text, 0, name, ValueLayout.JAVA_BYTE, 0, text.length);
    return name.address();
  }
}
