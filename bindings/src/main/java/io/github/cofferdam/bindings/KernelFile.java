package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Small files and links of {@code /proc} that every run looks at: two or three system calls each,
 * where {@code java.nio.file} makes six.
 */
public final class KernelFile {
  private static final int OPENAT = Syscall.number("openat");
  private static final int READLINKAT = Syscall.number("readlinkat");

  /** What is read of a file, and more than a link can hold (PATH_MAX). */
  private static final int SIZE = 4096;

  private KernelFile() {}

  /**
   * {@return the text of a file, of which at most the first 4096 bytes}
   *
   * @throws KernelException ENOENT, EACCES and others as open(2) and read(2) say
   */
  public static String text(String path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long descriptor =
          Syscall.call(
              OPENAT,
              Uapi.AT_FDCWD(),
              OsText.allocate(arena, path).address(),
              Uapi.O_RDONLY() | Uapi.O_CLOEXEC());
      try (Fd file = Fd.owning(descriptor, "openat", "open " + path)) {
        MemorySegment buffer = arena.allocate(SIZE);
        return text(buffer, file.read(buffer));
      }
    }
  }

  /**
   * {@return where a link leads, as its text says}
   *
   * @throws KernelException ENOENT, EACCES, EINVAL and others as readlink(2) says
   */
  public static String link(String path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SIZE);
      long length =
          Syscall.call(
              READLINKAT,
              Uapi.AT_FDCWD(),
              OsText.allocate(arena, path).address(),
              buffer.address(),
              SIZE);
      Syscall.check(length, "readlinkat", "read the link " + path);
      return text(buffer, length);
    }
  }

  private static String text(MemorySegment buffer, long length) {
    return OsText.decode(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), 0, (int) length);
  }
}
