package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.namespaces.MountTable.Entry;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reading {@code /proc/self/mountinfo}. */
class MountTableTest {
  private static final String TEXT =
      """
      27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
      24 27 0:6 / /dev rw,nosuid,noexec - devtmpfs devtmpfs rw
      25 24 0:23 / /dev/shm rw,nodev shared:4 - tmpfs tmpfs rw
      30 25 0:27 / /dev/shm ro,nosuid,nodev,noexec,noatime,nodiratime - tmpfs tmpfs rw
      31 27 0:28 / /media/a\\040disk\\134x rw - vfat /dev/sda1 rw
      32 27 0:28 / /devices rw - vfat /dev/sda1 rw
      """;

  private final MountTable table = MountTable.of(MountInfo.parse(TEXT));

  @Test
  void thoseBeneathAPathComeWithTheOneThatItIsOn() {
    long all =
        Uapi.MS_RDONLY()
            | Uapi.MS_NOSUID()
            | Uapi.MS_NODEV()
            | Uapi.MS_NOEXEC()
            | Uapi.MS_NOATIME()
            | Uapi.MS_NODIRATIME();

    assertEquals(
        List.of(new Entry("/dev", Uapi.MS_NOSUID() | Uapi.MS_NOEXEC()), new Entry("/dev/shm", all)),
        table.beneath(Path.of("/dev")));
    assertEquals(List.of(new Entry("/dev/shm/sub", all)), table.beneath(Path.of("/dev/shm/sub")));
    assertEquals(List.of(new Entry("/usr", Uapi.MS_RELATIME())), table.beneath(Path.of("/usr")));
    assertEquals(5, table.beneath(Path.of("/")).size());
  }

  @Test
  void escapesAreUndone() {
    assertEquals(
        List.of(new Entry("/media/a disk\\x", 0)), table.beneath(Path.of("/media/a disk\\x")));
  }
}
