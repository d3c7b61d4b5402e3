package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A place to execute an image from: a memfd, sealed so that nobody who gets hold of it can change
 * it, or, where the system does not let memfds be executed, a private file that has no name.
 */
final class ImageFile {
  private static final int MEMFD_CREATE = Syscall.number("memfd_create");
  private static final int FCNTL = Syscall.number("fcntl");
  private static final int OPENAT = Syscall.number("openat");
  private static final int SEALS =
      Uapi.F_SEAL_SEAL() | Uapi.F_SEAL_SHRINK() | Uapi.F_SEAL_GROW() | Uapi.F_SEAL_WRITE();

  private ImageFile() {}

  /** An open descriptor of an executable file with these bytes. */
  static Fd inMemory(byte[] image) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom("cofferdam").address();
      int flags = Uapi.MFD_CLOEXEC() | Uapi.MFD_ALLOW_SEALING();
      // MFD_EXEC says that it is meant to be executed (6.3); older kernels do not know the flag.
      long result = Syscall.call(MEMFD_CREATE, name, flags | Uapi.MFD_EXEC());
      if (result == -Errno.EINVAL.number()) {
        result = Syscall.call(MEMFD_CREATE, name, flags);
      }
      Fd file = Fd.owning(result, "memfd_create", "create the launcher's memory file");
      try {
        MemorySegment content = arena.allocate(image.length);
        MemorySegment.copy(image, 0, content, ValueLayout.JAVA_BYTE, 0, image.length);
        file.writeFully(content);
        Syscall.check(
            Syscall.call(FCNTL, file.number(), Uapi.F_ADD_SEALS(), SEALS),
            "fcntl",
            "seal the launcher's memory file");
        return file;
      } catch (KernelException | RuntimeException e) {
        file.close();
        throw e;
      }
    }
  }

  /**
   * The same in a file of a directory that has no name there, so that nobody who may write to the
   * directory can put another one in its place before it is executed.
   */
  static Fd inDirectory(Path directory, byte[] image) throws IOException {
    try (Arena arena = Arena.ofConfined();
        Directory held = Directory.open(directory);
        Fd file = unnamed(held, arena)) {
      MemorySegment content = arena.allocate(image.length);
      MemorySegment.copy(image, 0, content, ValueLayout.JAVA_BYTE, 0, image.length);
      file.writeFully(content);
      // What is open for writing cannot be executed.
      String name = "/proc/self/fd/" + file.number();
      return Fd.owning(
          Syscall.call(
              OPENAT,
              Uapi.AT_FDCWD(),
              arena.allocateFrom(name).address(),
              Uapi.O_RDONLY() | Uapi.O_CLOEXEC()),
          "openat",
          "open the launcher's file in " + directory);
    }
  }

  private static Fd unnamed(Directory directory, Arena arena) throws KernelException {
    int flags = Uapi.O_WRONLY() | Uapi.O_CLOEXEC();
    long result =
        Syscall.call(
            OPENAT,
            directory.fd().number(),
            arena.allocateFrom(".").address(),
            flags | Arch.host().openUnnamed(),
            0700);
    if (result != -Errno.EOPNOTSUPP.number() && result != -Errno.EISDIR.number()) {
      return Fd.owning(result, "openat", "make the launcher's file in " + directory);
    }
    // This file system has no files without names (NFS, for one).
    String name = "cofferdam-" + Long.toHexString(System.nanoTime()) + ".launcher";
    Fd file = directory.openFile(name, flags | Uapi.O_CREAT() | Uapi.O_EXCL(), 0700);
    try {
      directory.delete(name);
      return file;
    } catch (KernelException e) {
      file.close();
      throw e;
    }
  }
}
