package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.statx;
import io.github.cofferdam.bindings.uapi.statx_timestamp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStatusTest {
  @Test
  void aLinkIsNotFollowed(@TempDir Path folder) throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);

    assertTrue(FileStatus.require(link).isSymbolicLink());
    assertTrue(FileStatus.of(link).orElseThrow().sameFile(FileStatus.require(link)));
    assertTrue(FileStatus.require(folder).isDirectory());
  }

  @Test
  void whatIsNotThere(@TempDir Path folder) throws Exception {
    Path nothing = folder.resolve("nothing");

    assertEquals(Optional.empty(), FileStatus.of(nothing));
    var e = assertThrows(KernelException.class, () -> FileStatus.require(nothing));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.toString().contains("look at " + nothing), e::toString);
  }

  /** The places are written down by hand; the generated class says what the kernel writes. */
  @Test
  void everythingIsReadWhereTheKernelWritesIt() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment written = statx.allocate(arena);
      statx.stx_dev_major(written, 1);
      statx.stx_dev_minor(written, 2);
      statx.stx_ino(written, 3L << 32);
      statx_timestamp.tv_nsec(statx.stx_btime(written), 4);
      statx.stx_mode(written, (short) 0140_777);
      statx.stx_uid(written, 6);
      statx.stx_nlink(written, -1);
      statx.stx_rdev_major(written, 8);
      statx.stx_rdev_minor(written, 9);

      assertEquals(
          new FileStatus(1, 2, 3L << 32, 4, 0140_777, 6, 0xffff_ffffL, 8, 9),
          FileStatus.read(written));
      assertEquals(statx.sizeof(), FileStatus.SIZE);
    }
  }
}
