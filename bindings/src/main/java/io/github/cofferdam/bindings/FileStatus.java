package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code statx(2)} says about a file. Links are never followed at the end of a name.
 *
 * <pre>
 * struct statx (linux/stat.h)
 *  0      16     20    28     32      88                   128     132     136     140
 *  +------+------+-----+------+-------+--------------------+-------+-------+-------+-------+
 *  | mask | nlink| uid | mode | inode | birth: nanoseconds | rdev: | rdev: | dev:  | dev:  |
 *  | ...  | u32  | u32 | u16  | u64   | u32 ...            | major | minor | major | minor |
 *  +------+------+-----+------+-------+--------------------+-------+-------+-------+-------+
 * </pre>
 *
 * @param major of the device that it is on
 * @param minor of that device
 * @param inode its number there
 * @param birthNanos the part below a second of the time at which it was made, 0 where the file
 *     system does not know: tells a file from a later one that was given the same inode number
 * @param mode type and permissions
 * @param owner user id
 * @param links how many names it has
 * @param deviceMajor of the device that it is, if it is one
 * @param deviceMinor of that device
 */
public record FileStatus(
    int major,
    int minor,
    long inode,
    int birthNanos,
    int mode,
    int owner,
    long links,
    int deviceMajor,
    int deviceMinor) {
  private static final int STATX = Syscall.number("statx");
  static final long SIZE = 256;
  static final long LINKS = 16;
  static final long OWNER = 20;
  static final long MODE = 28;
  static final long INODE = 32;
  static final long BIRTH_NANOS = 88;
  static final long DEVICE_MAJOR = 128;
  static final long DEVICE_MINOR = 132;
  static final long MAJOR = 136;
  static final long MINOR = 140;

  private static final int MASK =
      Uapi.STATX_TYPE()
          | Uapi.STATX_MODE()
          | Uapi.STATX_NLINK()
          | Uapi.STATX_UID()
          | Uapi.STATX_INO()
          | Uapi.STATX_BTIME();

  /**
   * {@return what an open descriptor leads to}
   *
   * @throws KernelException EIO and others as statx(2) says
   * @throws IllegalStateException if it is closed
   */
  public static FileStatus of(Fd fd) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SIZE, Long.BYTES);
      long result =
          Syscall.call(
              STATX,
              fd.number(),
              arena.allocateFrom("").address(),
              Uapi.AT_EMPTY_PATH(),
              MASK,
              buffer.address());
      Syscall.check(result, "statx", "look at descriptor " + fd.number());
      return read(buffer);
    }
  }

  /**
   * {@return what a path leads to, a link at its end not followed; empty if there is nothing}
   *
   * @throws KernelException EACCES if a directory on the way may not be passed, ENOTDIR if
   *     something on it is none; see statx(2)
   */
  public static Optional<FileStatus> of(Path path) throws KernelException {
    return of(Uapi.AT_FDCWD(), OsText.of(path.toAbsolutePath()), path.toString());
  }

  /**
   * {@return what a path leads to, a link at its end not followed}
   *
   * @throws KernelException as {@link #of(Path)}, and ENOENT if there is nothing
   */
  public static FileStatus require(Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statx = arena.allocate(SIZE, Long.BYTES);
      long result = look(Uapi.AT_FDCWD(), OsText.of(path.toAbsolutePath()), statx, arena);
      Syscall.check(result, "statx", "look at " + path);
      return read(statx);
    }
  }

  /** What a name in a directory leads to. */
  static Optional<FileStatus> of(int directory, String name, String spoken) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statx = arena.allocate(SIZE, Long.BYTES);
      long result = look(directory, name, statx, arena);
      if (result == -Errno.ENOENT.number()) {
        return Optional.empty();
      }
      Syscall.check(result, "statx", "look at " + spoken);
      return Optional.of(read(statx));
    }
  }

  private static long look(int directory, String name, MemorySegment statx, Arena arena) {
    return Syscall.call(
        STATX,
        directory,
        OsText.allocate(arena, name).address(),
        Uapi.AT_SYMLINK_NOFOLLOW(),
        MASK,
        statx.address());
  }

  static FileStatus read(MemorySegment statx) {
    return new FileStatus(
        statx.get(ValueLayout.JAVA_INT, MAJOR),
        statx.get(ValueLayout.JAVA_INT, MINOR),
        statx.get(ValueLayout.JAVA_LONG, INODE),
        statx.get(ValueLayout.JAVA_INT, BIRTH_NANOS),
        statx.get(ValueLayout.JAVA_SHORT, MODE) & 0xffff,
        statx.get(ValueLayout.JAVA_INT, OWNER),
        Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, LINKS)),
        statx.get(ValueLayout.JAVA_INT, DEVICE_MAJOR),
        statx.get(ValueLayout.JAVA_INT, DEVICE_MINOR));
  }

  /** {@return whether this is the same file, whatever its permissions and names are now} */
  public boolean sameFile(FileStatus other) {
    return inode == other.inode && birthNanos == other.birthNanos && sameDevice(other);
  }

  boolean sameDevice(FileStatus other) {
    return major == other.major && minor == other.minor;
  }

  /** {@return whether it is a directory} */
  public boolean isDirectory() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFDIR();
  }

  /** {@return whether it is a regular file} */
  public boolean isRegularFile() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFREG();
  }

  /** {@return whether it is a symbolic link} */
  public boolean isSymbolicLink() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFLNK();
  }

  /** {@return whether it is a pipe with a name} */
  public boolean isFifo() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFIFO();
  }

  /** {@return whether it is a device of characters, such as a terminal} */
  public boolean isCharacterDevice() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFCHR();
  }

  /** {@return whether it is a device of blocks, such as a disk} */
  public boolean isBlockDevice() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFBLK();
  }

  /** {@return whether it is a socket} */
  public boolean isSocket() {
    return (mode & Uapi.S_IFMT()) == Uapi.S_IFSOCK();
  }

  /** {@return its permissions, and the bits for set-user-id, set-group-id and sticky} */
  public int permissions() {
    return mode & 07777;
  }
}
