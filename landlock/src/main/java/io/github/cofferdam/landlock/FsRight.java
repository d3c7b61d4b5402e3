package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.EnumSet;
import java.util.Set;

/**
 * A right on files and directories. A policy handles a right: it is then denied wherever nothing
 * grants it. A right that is not handled is not restricted, with one exception, {@link #REFER}.
 *
 * <p>Rights are checked when a file is opened, so descriptors that are open already keep what they
 * have. No right covers {@code chdir}, {@code stat}, {@code chmod}, {@code chown}, {@code
 * setxattr}, {@code utime}, {@code fcntl} and {@code access}.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html#filesystem-flags">Landlock:
 *     filesystem flags</a>
 */
public enum FsRight implements Feature {
  /** Execute a file. */
  EXECUTE(Uapi.LANDLOCK_ACCESS_FS_EXECUTE(), 1, true),
  /** Open a file for writing. */
  WRITE_FILE(Uapi.LANDLOCK_ACCESS_FS_WRITE_FILE(), 1, true),
  /** Open a file for reading. */
  READ_FILE(Uapi.LANDLOCK_ACCESS_FS_READ_FILE(), 1, true),
  /** Open a directory, list its content. */
  READ_DIR(Uapi.LANDLOCK_ACCESS_FS_READ_DIR(), 1, false),
  /** Remove or rename an empty directory. */
  REMOVE_DIR(Uapi.LANDLOCK_ACCESS_FS_REMOVE_DIR(), 1, false),
  /** Remove or rename a file. */
  REMOVE_FILE(Uapi.LANDLOCK_ACCESS_FS_REMOVE_FILE(), 1, false),
  /** Create, rename or link a character device. */
  MAKE_CHAR(Uapi.LANDLOCK_ACCESS_FS_MAKE_CHAR(), 1, false),
  /** Create or rename a directory. */
  MAKE_DIR(Uapi.LANDLOCK_ACCESS_FS_MAKE_DIR(), 1, false),
  /** Create, rename or link a regular file. */
  MAKE_REG(Uapi.LANDLOCK_ACCESS_FS_MAKE_REG(), 1, false),
  /** Create, rename or link a Unix socket. */
  MAKE_SOCK(Uapi.LANDLOCK_ACCESS_FS_MAKE_SOCK(), 1, false),
  /** Create, rename or link a named pipe. */
  MAKE_FIFO(Uapi.LANDLOCK_ACCESS_FS_MAKE_FIFO(), 1, false),
  /** Create, rename or link a block device. */
  MAKE_BLOCK(Uapi.LANDLOCK_ACCESS_FS_MAKE_BLOCK(), 1, false),
  /** Create, rename or link a symbolic link. */
  MAKE_SYM(Uapi.LANDLOCK_ACCESS_FS_MAKE_SYM(), 1, false),
  /**
   * Rename or link into another directory. Every layer denies this unless it grants it, whether it
   * handles the right or not; with ABI 1 nothing can grant it.
   */
  REFER(Uapi.LANDLOCK_ACCESS_FS_REFER(), 2, false),
  /** Shorten a file: {@code truncate}, {@code ftruncate}, {@code creat}, {@code O_TRUNC}. */
  TRUNCATE(Uapi.LANDLOCK_ACCESS_FS_TRUNCATE(), 3, true),
  /** {@code ioctl} on an opened device, except for commands that any file has. */
  IOCTL_DEV(Uapi.LANDLOCK_ACCESS_FS_IOCTL_DEV(), 5, true),
  /** Connect or send to a Unix socket that has a path and was bound outside the domain. */
  RESOLVE_UNIX(Uapi.LANDLOCK_ACCESS_FS_RESOLVE_UNIX(), 9, true);

  private final long bit;
  private final int abi;
  private final boolean onFiles;

  FsRight(long bit, int abi, boolean onFiles) {
    this.bit = bit;
    this.abi = abi;
    this.onFiles = onFiles;
  }

  @Override
  public long bit() {
    return bit;
  }

  @Override
  public Abi abi() {
    return Abi.of(abi);
  }

  /**
   * {@return whether it can be granted on something that is not a directory}; the kernel answers
   * EINVAL to any other (security/landlock/fs.c, {@code ACCESS_FILE})
   */
  public boolean onFiles() {
    return onFiles;
  }

  /** {@return the rights that can be granted on something that is not a directory} */
  public static Set<FsRight> fileRights() {
    var rights = EnumSet.allOf(FsRight.class);
    rights.removeIf(right -> !right.onFiles);
    return rights;
  }
}
