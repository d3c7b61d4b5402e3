package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Empties a directory that others may be changing at the same time.
 *
 * <p>It goes from one descriptor to the next by single names, never by a path, a link or {@code
 * ..}: what is opened is a directory, and was in a directory that was opened before. A directory
 * may lie deeper than a path can say, and than there are descriptors: what gets too deep is moved
 * up to the top, and the walk goes on from there.
 */
final class DirectoryRemoval {
  private static final int OPENAT = Syscall.number("openat");
  private static final int OPENAT2 = Syscall.number("openat2");
  private static final int UNLINKAT = Syscall.number("unlinkat");
  private static final int RENAMEAT2 = Syscall.number("renameat2");
  private static final int LSEEK = Syscall.number("lseek");
  private static final int FCHMODAT = Syscall.number("fchmodat");

  private static final int LIST =
      Uapi.O_RDONLY()
          | Arch.host().openDirectory()
          | Arch.host().openNoFollow()
          | Uapi.O_NONBLOCK()
          | Uapi.O_CLOEXEC();

  /** Directories that are open at the same time. */
  private static final int DEEPEST = 128;

  private static final int HOLD =
      Uapi.O_PATH() | Arch.host().openDirectory() | Arch.host().openNoFollow() | Uapi.O_CLOEXEC();

  /** How often somebody is met who makes files in it, or puts others in their places. */
  private static final int PATIENCE = 1000;

  private final Directory top;
  private final Deque<Level> levels = new ArrayDeque<>();

  /** Of what is moved up; the command cannot have known it. */
  private final String prefix = ".moved-" + Long.toHexString(System.nanoTime()) + "-";

  private long moved;
  private int disturbed;

  /** A directory on the way down, and the names in it that were read and not yet looked at. */
  private static final class Level {
    final Fd fd;
    final String name;
    final Deque<String> names = new ArrayDeque<>();
    boolean found;
    int passes;

    Level(Fd fd, String name) {
      this.fd = fd;
      this.name = name;
    }
  }

  DirectoryRemoval(Directory top) {
    this.top = top;
  }

  void empty() throws IOException {
    try {
      levels.push(new Level(openTop(), "."));
      while (true) {
        Level level = levels.element();
        String name = next(level);
        if (name != null) {
          remove(level, name);
          continue;
        }
        leave();
        if (levels.isEmpty()) {
          return;
        }
        int depth = levels.size();
        remove(levels.element(), level.name);
        if (levels.size() != depth) {
          // Somebody has put something in.
          disturbed();
        }
      }
    } finally {
      while (!levels.isEmpty()) {
        leave();
      }
    }
  }

  private void leave() {
    levels.pop().fd.close();
  }

  /** The next name; null when a whole pass has found none. */
  private @Nullable String next(Level level) throws IOException {
    while (level.names.isEmpty()) {
      if (read(level)) {
        level.found |= !level.names.isEmpty();
      } else if (level.found) {
        // What is removed while it is read may make the kernel leave others out.
        level.found = false;
        Syscall.check(Syscall.call(LSEEK, level.fd.number(), 0, 0), "lseek", doing("list"));
        if (level.passes++ == PATIENCE) {
          throw disturbance();
        }
      } else {
        return null;
      }
    }
    return level.names.pop();
  }

  /** Reads some names; false at the end. */
  private boolean read(Level level) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      return new DirectoryEntries(level.fd, arena)
          .read(
              doing("list"), (name, kind) -> level.names.add(OsText.decode(name, 0, name.length)));
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        // Somebody has removed it meanwhile.
        return false;
      }
      throw e;
    }
  }

  /** Removes a name, or goes into the directory that has it. */
  private void remove(Level level, String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long text = OsText.allocate(arena, name).address();
      while (true) {
        long file = Syscall.call(UNLINKAT, level.fd.number(), text, 0);
        if (file == 0 || file == -Errno.ENOENT.number()) {
          return;
        }
        if (file != -Errno.EISDIR.number()) {
          Syscall.check(file, "unlinkat", doing("remove " + name));
        }
        long directory = Syscall.call(UNLINKAT, level.fd.number(), text, Uapi.AT_REMOVEDIR());
        if (directory == 0 || directory == -Errno.ENOENT.number()) {
          return;
        }
        if (directory != -Errno.ENOTEMPTY.number()
            && directory != -Errno.EEXIST.number()
            && directory != -Errno.ENOTDIR.number()) {
          Syscall.check(directory, "unlinkat", doing("remove " + name));
        }
        if (enter(level, name, text)) {
          return;
        }
        // Something else has the name now.
        disturbed();
      }
    }
  }

  private boolean enter(Level level, String name, long text) throws IOException {
    Fd child;
    try {
      child = openable(level.fd, name);
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT
          || e.errno() == Errno.ENOTDIR
          || e.errno() == Errno.ELOOP
          || e.errno() == Errno.EAGAIN) {
        return false;
      }
      throw e;
    }
    if (levels.size() < DEEPEST) {
      levels.push(new Level(child, name));
      return true;
    }
    // It may be written now, which a move to another parent asks for.
    child.close();
    return moveUp(level, text);
  }

  /** The directories on the way are left; they are met again. */
  private boolean moveUp(Level level, long text) throws KernelException {
    String name = prefix + moved++;
    Level first = levels.getLast();
    try (Arena arena = Arena.ofConfined()) {
      // A directory replaces nothing but an empty directory.
      long result =
          Syscall.call(
              RENAMEAT2,
              level.fd.number(),
              text,
              first.fd.number(),
              OsText.allocate(arena, name).address(),
              0);
      if (Syscall.isError(result)) {
        Errno errno = Errno.of((int) -result);
        if (errno == Errno.ENOTEMPTY
            || errno == Errno.EEXIST
            || errno == Errno.ENOTDIR
            || errno == Errno.EISDIR
            || errno == Errno.ENOENT) {
          return false;
        }
        Syscall.check(result, "renameat2", doing("move up what lies too deep"));
      }
    }
    while (levels.size() > 1) {
      leave();
    }
    first.names.push(name);
    first.found = true;
    return true;
  }

  /** What leads to the top is a descriptor already, so there is no name to look up. */
  private Fd openTop() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      permit(top.fd(), arena);
      return listed(top.fd(), arena);
    }
  }

  /**
   * Opens a directory so that it can be listed and written to. The command may have taken our own
   * right to what it made.
   */
  private Fd openable(Fd parent, String name) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long text = OsText.allocate(arena, name).address();
      long result = open(parent, text, HOLD, arena);
      try (Fd held = Fd.owning(result, "openat2", doing("open " + name))) {
        permit(held, arena);
        return listed(held, arena);
      }
    }
  }

  /** By a name for the descriptor, since fchmod(2) refuses those with O_PATH. */
  private void permit(Fd held, Arena arena) throws KernelException {
    if ((FileStatus.of(held).permissions() & 0700) != 0700) {
      String self = "/proc/self/fd/" + held.number();
      long result =
          Syscall.call(FCHMODAT, Uapi.AT_FDCWD(), OsText.allocate(arena, self).address(), 0700);
      Syscall.check(result, "fchmodat", doing("get into a directory"));
    }
  }

  private Fd listed(Fd held, Arena arena) throws KernelException {
    long result = open(held, OsText.allocate(arena, ".").address(), LIST, arena);
    return Fd.owning(result, "openat2", doing("list"));
  }

  /**
   * <pre>
   * struct open_how: | flags 64 | mode 64 | resolve 64 |
   * </pre>
   */
  private long open(Fd parent, long text, int flags, Arena arena) throws KernelException {
    MemorySegment how = arena.allocate(24, Long.BYTES);
    how.set(ValueLayout.JAVA_LONG, 0, flags);
    how.set(
        ValueLayout.JAVA_LONG,
        16,
        Uapi.RESOLVE_BENEATH()
            | Uapi.RESOLVE_NO_SYMLINKS()
            | Uapi.RESOLVE_NO_MAGICLINKS()
            | Uapi.RESOLVE_NO_XDEV());
    long result = Syscall.call(OPENAT2, parent.number(), text, how.address(), how.byteSize());
    if (result != -Errno.ENOSYS.number() && result != -Errno.EPERM.number()) {
      return result;
    }
    // Linux before 5.6, or a filter around this process. A single name does not lead out either.
    result = Syscall.call(OPENAT, parent.number(), text, flags, 0);
    if (!Syscall.isError(result)
        && !FileStatus.of(Fd.owning((int) result)).sameDevice(top.status())) {
      Syscall.call(Syscall.number("close"), result);
      return -Errno.EXDEV.number();
    }
    return result;
  }

  private void disturbed() throws IOException {
    if (disturbed++ == PATIENCE) {
      throw disturbance();
    }
  }

  private IOException disturbance() {
    return new IOException("cannot empty " + top + ": somebody else keeps changing it");
  }

  private String doing(String what) {
    return what + " (in " + top + ")";
  }
}
