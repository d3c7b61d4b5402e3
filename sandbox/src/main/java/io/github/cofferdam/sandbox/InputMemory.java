package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a command is to read, as a file in memory that nobody can change. Unlike a pipe it needs
 * nobody who fills it, however much it is and however little of it the command reads.
 */
final class InputMemory {
  private static final int MEMFD_CREATE = Syscall.number("memfd_create");
  private static final int FCNTL = Syscall.number("fcntl");
  private static final int OPENAT = Syscall.number("openat");
  private static final int CHUNK = 1 << 20;
  private static final int SEALS =
      Uapi.F_SEAL_SEAL() | Uapi.F_SEAL_SHRINK() | Uapi.F_SEAL_GROW() | Uapi.F_SEAL_WRITE();

  private InputMemory() {}

  /** {@return an open file for reading, at its beginning} */
  static Fd of(byte[] content) throws KernelException {
    try (Arena arena = Arena.ofConfined();
        Fd file =
            Fd.owning(
                Syscall.call(
                    MEMFD_CREATE,
                    arena.allocateFrom("cofferdam-input").address(),
                    Uapi.MFD_CLOEXEC() | Uapi.MFD_ALLOW_SEALING()),
                "memfd_create",
                "create the command's input")) {
      MemorySegment chunk = arena.allocate(Math.clamp(content.length, 1, CHUNK));
      for (int done = 0; done < content.length; done += CHUNK) {
        int count = Math.min(CHUNK, content.length - done);
        MemorySegment.copy(content, done, chunk, ValueLayout.JAVA_BYTE, 0, count);
        file.writeFully(chunk.asSlice(0, count));
      }
      Syscall.check(
          Syscall.call(FCNTL, file.number(), Uapi.F_ADD_SEALS(), SEALS),
          "fcntl",
          "seal the command's input");
      // Another open file than the one that was written: for reading only, and at its beginning.
      return Fd.owning(
          Syscall.call(
              OPENAT,
              Uapi.AT_FDCWD(),
              arena.allocateFrom("/proc/self/fd/" + file.number()).address(),
              Uapi.O_RDONLY() | Uapi.O_CLOEXEC()),
          "openat",
          "open the command's input");
    }
  }
}
