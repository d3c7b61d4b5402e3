package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How many user namespaces can be made in one; whether this host lets that be set. */
final class NestedLimit {
  static final String PATH = "/proc/sys/user/max_user_namespaces";

  /** Null as long as the kernel has not said so. */
  private static volatile @Nullable Boolean writable;

  /**
   * {@code struct statfs} (asm/statfs.h) of all 64-bit architectures: | type 64 | bsize 64 | blocks
   * 64 | bfree 64 | bavail 64 | files 64 | ffree 64 | fsid 64 | namelen 64 | frsize 64 | flags 64 |
   * spare 256 |
   */
  static final int STATFS_SIZE = 120;

  static final int STATFS_FLAGS = 80;

  /** ST_RDONLY is ABI but in no UAPI header: include/linux/statfs.h. */
  private static final int ST_RDONLY = 1;

  private NestedLimit() {}

  /** {@return whether it can be set}; asked until the kernel answers. */
  static boolean isWritable() {
    Boolean known = writable;
    return known != null ? known : ask();
  }

  /** Not access(2): without privileges here, it says nothing about the mount. */
  private static boolean ask() {
    byte[] path = PATH.getBytes(StandardCharsets.US_ASCII);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(path.length + 1L);
      MemorySegment.copy(path, 0, name, ValueLayout.JAVA_BYTE, 0, path.length);
      MemorySegment answer = arena.allocate(STATFS_SIZE, Long.BYTES);
      long result = Syscall.call(Syscall.number("statfs"), name.address(), answer.address());
      if (Syscall.isError(result)) {
        return false;
      }
      boolean found = (answer.get(ValueLayout.JAVA_LONG, STATFS_FLAGS) & ST_RDONLY) == 0;
      writable = found;
      return found;
    }
  }
}
