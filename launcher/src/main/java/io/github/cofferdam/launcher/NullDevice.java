package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dev/null}, for a command to have. It belongs to root, whose command could change its mode
 * for the whole machine through a descriptor; so where this process may mount, what it opens is a
 * copy of the mount that is read-only. (That says nothing of reading and writing a device.)
 */
public final class NullDevice {
  private static final int OPENAT = Syscall.number("openat");
  private static final int GETEUID = Syscall.number("geteuid");
  private static final int OPEN_TREE = Syscall.number("open_tree");
  private static final int MOUNT_SETATTR = Syscall.number("mount_setattr");
  private static final String PATH = "/dev/null";

  /**
   * A mount that is nowhere, open as long as this process lives; null until it could be made. A
   * thread that may not make it, in a sandbox of its own, leaves it to the next one.
   */
  private static volatile @Nullable Fd mount;

  private NullDevice() {}

  /**
   * Opens it for reading and writing.
   *
   * @throws KernelException ENOENT if this machine has none, EACCES if it may not be opened, EMFILE
   *     or ENFILE if there are no more descriptors
   */
  public static Fd open() throws KernelException {
    return open(Uapi.O_RDWR());
  }

  /**
   * Opens it as a stream that is as good as closed: what is to be read cannot be read, and what is
   * to be written cannot be written. No file that is opened later gets its number, though.
   *
   * @param input whether it takes the place of standard input
   * @throws KernelException as {@link #open()}
   */
  public static Fd openClosed(boolean input) throws KernelException {
    return open(input ? Uapi.O_WRONLY() : Uapi.O_RDONLY());
  }

  private static Fd open(int flags) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      Fd sealed = mount();
      if (sealed != null) {
        long opened = open(arena, "/proc/self/fd/" + sealed.number(), flags);
        if (!Syscall.isError(opened)) {
          return Fd.owning((int) opened);
        }
      }
      return Fd.owning(open(arena, PATH, flags), "openat", "open " + PATH);
    }
  }

  private static @Nullable Fd mount() {
    Fd known = mount;
    if (known != null || Syscall.call(GETEUID) != 0) {
      return known;
    }
    synchronized (NullDevice.class) {
      if (mount == null) {
        mount = sealed();
      }
      return mount;
    }
  }

  private static @Nullable Fd sealed() {
    try (Arena arena = Arena.ofConfined()) {
      long opened =
          Syscall.call(
              OPEN_TREE,
              Uapi.AT_FDCWD(),
              arena.allocateFrom(PATH).address(),
              Uapi.OPEN_TREE_CLONE() | Uapi.O_CLOEXEC());
      if (Syscall.isError(opened)) {
        return null;
      }
      Fd made = Fd.owning((int) opened);
      // struct mount_attr: | attr_set 64 | attr_clr 64 | propagation 64 | userns_fd 64 |
      MemorySegment attributes = arena.allocate(32, Long.BYTES);
      attributes.set(ValueLayout.JAVA_LONG, 0, Uapi.MOUNT_ATTR_RDONLY());
      long sealed =
          Syscall.call(
              MOUNT_SETATTR,
              made.number(),
              arena.allocateFrom("").address(),
              Uapi.AT_EMPTY_PATH(),
              attributes.address(),
              attributes.byteSize());
      if (Syscall.isError(sealed)) {
        made.close();
        return null;
      }
      return made;
    }
  }

  private static long open(Arena arena, String path, int flags) {
    long result;
    do {
      result =
          Syscall.call(
              OPENAT,
              Uapi.AT_FDCWD(),
              arena.allocateFrom(path).address(),
              flags | Uapi.O_CLOEXEC());
    } while (result == -Errno.EINTR.number());
    return result;
  }
}
