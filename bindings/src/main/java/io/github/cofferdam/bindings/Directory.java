package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory that is held by a descriptor. What is done in it is done there and nowhere else,
 * whatever becomes of the paths that once led to it: other processes may rename its parents, or put
 * links in their places.
 *
 * <p>Names are single names, without a slash; a symbolic link is never followed. They are texts as
 * {@link OsText} reads them.
 */
public final class Directory implements AutoCloseable {
  private static final int OPENAT = Syscall.number("openat");
  private static final int MKDIRAT = Syscall.number("mkdirat");
  private static final int UNLINKAT = Syscall.number("unlinkat");
  private static final int FACCESSAT = Syscall.number("faccessat");

  /** unistd.h; the kernel's headers do not have them. */
  private static final int W_OK_AND_X_OK = 2 | 1;

  private static final int RENAMEAT2 = Syscall.number("renameat2");

  /** An O_PATH descriptor needs no permission on the directory itself. */
  private static final int HOLD = Uapi.O_PATH() | Arch.host().openDirectory() | Uapi.O_CLOEXEC();

  private final Fd fd;
  private final FileStatus status;
  private final String spoken;

  private Directory(Fd fd, String spoken) throws KernelException {
    this.fd = fd;
    this.spoken = spoken;
    try {
      status = FileStatus.of(fd);
    } catch (KernelException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * Holds the directory that a path leads to now; links on the way are followed.
   *
   * @throws KernelException ENOENT if there is nothing, ENOTDIR if it is no directory, EACCES if a
   *     directory on the way may not be passed; see open(2)
   */
  public static Directory open(Path path) throws KernelException {
    return open(Uapi.AT_FDCWD(), OsText.of(path.toAbsolutePath()), HOLD, path.toString());
  }

  /**
   * Holds the directory at a path on which there is no symbolic link, and nothing else.
   *
   * @param real absolute and normal
   * @throws KernelException ENOTDIR if there is a link on the way, or at its end
   */
  public static Directory openReal(Path real) throws KernelException {
    Directory at = open(Uapi.AT_FDCWD(), "/", HOLD, "/");
    for (Path name : real) {
      try (Directory above = at) {
        at = above.open(OsText.of(name));
      }
    }
    return at;
  }

  private static Directory open(int directory, String name, int flags, String spoken)
      throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result = Syscall.call(OPENAT, directory, OsText.allocate(arena, name).address(), flags);
      return new Directory(Fd.owning(result, "openat", "open the directory " + spoken), spoken);
    }
  }

  /**
   * Holds a directory in this one.
   *
   * @throws KernelException ENOENT if nothing has that name, ENOTDIR if it is no directory, or a
   *     link
   * @throws IllegalArgumentException if that is no single name
   */
  public Directory open(String name) throws KernelException {
    return open(fd.number(), checked(name), HOLD | Arch.host().openNoFollow(), path(name));
  }

  /**
   * Makes a directory that only this user may use.
   *
   * @throws KernelException EEXIST if something has that name already
   * @throws IOException if somebody has put something else in its place meanwhile
   * @throws IllegalArgumentException if that is no single name
   */
  public Directory make(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(MKDIRAT, fd.number(), OsText.allocate(arena, checked(name)).address(), 0700);
      Syscall.check(result, "mkdirat", "make the directory " + path(name));
    }
    Directory made = open(name);
    int user = (int) Syscall.call(Syscall.number("geteuid"));
    if (made.status.owner() != user || (made.status.permissions() & 0077) != 0) {
      made.close();
      throw new IOException(path(name) + " was replaced by something else while it was made");
    }
    return made;
  }

  /** {@return what it was when it was opened} */
  public FileStatus status() {
    return status;
  }

  /** {@return the descriptor, which stays this object's} */
  public Fd fd() {
    return fd;
  }

  /**
   * {@return what has a name in it now; empty if nothing has}
   *
   * @throws KernelException EACCES if this directory may not be passed; see statx(2)
   * @throws IllegalArgumentException if that is no single name
   */
  public Optional<FileStatus> look(String name) throws KernelException {
    return FileStatus.of(fd.number(), checked(name), path(name));
  }

  /**
   * Opens what has a name in it.
   *
   * @param flags of {@code open(2)}; O_CLOEXEC and O_NOFOLLOW are added
   * @param mode of a file that is made, less the umask
   * @throws KernelException ELOOP if it is a symbolic link
   * @throws IllegalArgumentException if that is no single name
   */
  public Fd openFile(String name, int flags, int mode) throws KernelException {
    int all = flags | Uapi.O_CLOEXEC() | Arch.host().openNoFollow();
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(
              OPENAT, fd.number(), OsText.allocate(arena, checked(name)).address(), all, mode);
      return Fd.owning(result, "openat", "open " + path(name));
    }
  }

  /**
   * Makes sure that this user may make and remove files in it.
   *
   * @throws KernelException EACCES if not, EROFS if nobody may
   */
  public void requireWritable() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(FACCESSAT, fd.number(), arena.allocateFrom(".").address(), W_OK_AND_X_OK);
      Syscall.check(result, "faccessat", "write to the directory " + spoken);
    }
  }

  /**
   * Renames within this directory; a file that has the new name already is replaced.
   *
   * @throws KernelException ENOENT if nothing has the first name, EACCES or EROFS if this directory
   *     may not be changed, EISDIR or ENOTDIR if only one of the two is a directory; see rename(2)
   * @throws IllegalArgumentException if one of them is no single name
   */
  public void rename(String from, String to) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(
              RENAMEAT2,
              fd.number(),
              OsText.allocate(arena, checked(from)).address(),
              fd.number(),
              OsText.allocate(arena, checked(to)).address(),
              0);
      Syscall.check(result, "renameat2", "rename " + path(from) + " to " + to);
    }
  }

  /**
   * Removes a name of something that is not a directory.
   *
   * @throws KernelException ENOENT if nothing has that name, EISDIR if it is a directory, EACCES,
   *     EPERM or EROFS if it may not be removed; see unlink(2)
   * @throws IllegalArgumentException if that is no single name
   */
  public void delete(String name) throws KernelException {
    unlink(name, 0);
  }

  private void unlink(String name, int flags) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(
              UNLINKAT, fd.number(), OsText.allocate(arena, checked(name)).address(), flags);
      Syscall.check(result, "unlinkat", "remove " + path(name));
    }
  }

  /**
   * Removes a directory in this one with all that is in it.
   *
   * <p>Whoever may write to either can spoil this, but cannot make it change anything that has not
   * been moved there. Its depth has no bound, and few descriptors are needed.
   *
   * @param held the same directory
   * @throws IOException if something else has its name now: then it is empty, and left where it is
   */
  public void deleteTree(String name, Directory held) throws IOException {
    if (isStill(name, held)) {
      try {
        unlink(name, Uapi.AT_REMOVEDIR());
        return;
      } catch (KernelException e) {
        if (e.errno() != Errno.ENOTEMPTY && e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
    new DirectoryRemoval(held).empty();
    if (!isStill(name, held)) {
      throw new IOException(
          path(name) + " was moved away or replaced; it is empty now, and left where it is");
    }
    unlink(name, Uapi.AT_REMOVEDIR());
  }

  private boolean isStill(String name, Directory held) throws KernelException {
    return look(name).filter(held.status::sameFile).isPresent();
  }

  private static String checked(String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("not a name in a directory: \"" + name + "\"");
    }
    return name;
  }

  private String path(String name) {
    return spoken.endsWith("/") ? spoken + name : spoken + "/" + name;
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return spoken;
  }
}
