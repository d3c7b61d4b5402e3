package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** How many user namespaces can be made in one; whether this host lets that be set. */
final class NestedLimit {
  static final String PATH = "/proc/sys/user/max_user_namespaces";

  /** Asked once. */
  static final boolean WRITABLE = probe();

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

  /** Not access(2): without privileges here, it says nothing about the mount. */
  private static boolean probe() {
    byte[] path = PATH.getBytes(StandardCharsets.US_ASCII);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(path.length + 1L);
      MemorySegment.copy(path, 0, name, ValueLayout.JAVA_BYTE, 0, path.length);
      MemorySegment answer = arena.allocate(STATFS_SIZE, Long.BYTES);
      long result = Syscall.call(Syscall.number("statfs"), name.address(), answer.address());
      return !Syscall.isError(result)
          && (answer.get(ValueLayout.JAVA_LONG, STATFS_FLAGS) & ST_RDONLY) == 0;
    }
  }
}
