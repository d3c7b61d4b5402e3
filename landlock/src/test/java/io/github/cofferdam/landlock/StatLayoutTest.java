package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.uapi.open_how;
import io.github.cofferdam.bindings.uapi.statfs;
import io.github.cofferdam.bindings.uapi.statx;
import io.github.cofferdam.bindings.uapi.statx_timestamp;
import org.junit.jupiter.api.Test;

/** Layouts that are written by hand, against the generated ones. */
final class StatLayoutTest {
  @Test
  void statxIsTheKernels() {
    assertEquals(statx.sizeof(), StatLayout.STATX_SIZE);
    assertEquals(statx.stx_ino$offset(), StatLayout.STATX_INODE);
    assertEquals(
        statx.stx_btime$offset() + statx_timestamp.tv_nsec$offset(), StatLayout.STATX_BIRTH_NANOS);
    assertEquals(statx.stx_dev_major$offset(), StatLayout.STATX_MAJOR);
    assertEquals(statx.stx_dev_minor$offset(), StatLayout.STATX_MINOR);
  }

  @Test
  void statfsAndOpenHowAreTheKernels() {
    assertEquals(statfs.sizeof(), StatLayout.STATFS_SIZE);
    assertEquals(statfs.f_type$offset(), StatLayout.STATFS_TYPE);
    assertEquals(open_how.sizeof(), StatLayout.OPEN_HOW_SIZE);
    assertEquals(open_how.flags$offset(), StatLayout.OPEN_HOW_FLAGS);
    assertEquals(open_how.resolve$offset(), StatLayout.OPEN_HOW_RESOLVE);
  }
}
