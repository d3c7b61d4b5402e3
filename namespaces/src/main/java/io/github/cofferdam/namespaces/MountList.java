package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What a template's {@code mountinfo} said when it was made. A mount goes where the file goes that
 * it is mounted on: it is gone when somebody outside has removed that or put another in its place,
 * and is found under another name when that was renamed. What comes to the old name may even have
 * the old inode's number.
 */
final class MountList implements AutoCloseable {
  private static final int PREAD64 = Syscall.number("pread64");
  private static final int BUFFER = 16_384;

  private final Fd file;
  private final byte[] before;

  /**
   * Reads what is there now.
   *
   * @param file a {@code mountinfo}, which from now on this closes
   */
  MountList(Fd file) throws KernelException {
    this.file = file;
    try {
      before = read();
    } catch (KernelException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** {@return the step that opens the list of the mounts that a process is among} */
  static Step open(Slot slot) {
    return Step.of(
            "openat",
            "open the list of mounts",
            Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
            Memory.text("/proc/self/mountinfo"),
            Arg.of(Uapi.O_RDONLY() | Uapi.O_CLOEXEC(), "O_RDONLY|O_CLOEXEC"))
        .opening(slot);
  }

  /** Whether it says something else now; also if it cannot be read. */
  boolean changed() {
    if (!file.acquire()) {
      return true;
    }
    try {
      return !Arrays.equals(before, read());
    } catch (KernelException e) {
      return true;
    } finally {
      file.release();
    }
  }

  private byte[] read() throws KernelException {
    var all = new ByteArrayOutputStream(BUFFER);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      while (true) {
        long result = Syscall.call(PREAD64, file.number(), buffer.address(), BUFFER, all.size());
        int size = (int) Syscall.check(result, "pread64", "read the mounts of a template");
        if (size == 0) {
          return all.toByteArray();
        }
        all.write(buffer.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE), 0, size);
      }
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
