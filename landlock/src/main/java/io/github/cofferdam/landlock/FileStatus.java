package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.statfs;
import io.github.cofferdam.bindings.uapi.statx;
import io.github.cofferdam.bindings.uapi.statx_timestamp;
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
  static final long BIRTH_NANOS = statx.stx_btime$offset() + statx_timestamp.tv_nsec$offset();

  private static final int STATX = Syscall.number("statx");
  private static final int STATFS = Syscall.number("statfs");

  static FileStatus of(Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(statx.sizeof(), Long.BYTES);
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
              int32(buffer, statx.stx_dev_major$offset()),
              int32(buffer, statx.stx_dev_minor$offset()),
              buffer.get(ValueLayout.JAVA_LONG, statx.stx_ino$offset()),
              int32(buffer, BIRTH_NANOS)),
          buffer.get(ValueLayout.JAVA_SHORT, statx.stx_mode$offset()) & 0xffff,
          Integer.toUnsignedLong(int32(buffer, statx.stx_nlink$offset())));
    }
  }

  /**
   * {@return whether a path lies in a {@code /proc}}, where inode numbers are made up anew each
   * time, and which is another one in another process-id namespace
   */
  static boolean inProc(Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(statfs.sizeof(), Long.BYTES);
      Syscall.check(
          Syscall.call(STATFS, address(path, arena), buffer.address()),
          "statfs",
          "look at " + path);
      return buffer.get(ValueLayout.JAVA_LONG, statfs.f_type$offset()) == Uapi.PROC_SUPER_MAGIC();
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
    byte[] text = OsText.encode(PathLookup.text(path.toAbsolutePath()));
    MemorySegment name = arena.allocate(text.length + 1L);
    MemorySegment.copy(text, 0, name, ValueLayout.JAVA_BYTE, 0, text.length);
    return name.address();
  }
}
