package io.github.cofferdam.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CgroupLayoutTest {
  private static final String HYBRID_MOUNTS =
      """
      31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
      32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
      35 31 0:32 / /sys/fs/cgroup/memory rw shared:3 - cgroup cgroup rw,memory
      40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
      41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
      """;

  private static final String HYBRID_GROUPS =
      """
      9:name=systemd:/init.scope
      4:memory:/some/where
      3:cpuset:/
      1:cpu,cpuacct:/
      0::/a
      """;

  @Test
  void hybrid() {
    CgroupLayout layout = CgroupLayout.parse(HYBRID_MOUNTS, HYBRID_GROUPS);

    assertEquals(
        Optional.of("/sys/fs/cgroup/unified/a"), layout.v2().flatMap(CgroupHierarchy::directory));
    assertEquals(
        Optional.of("/sys/fs/cgroup/memory/some/where"),
        layout.v1("memory").flatMap(CgroupHierarchy::directory));
    assertEquals(
        Optional.of("/sys/fs/cgroup/cpu,cpuacct"),
        layout.v1("cpu").flatMap(CgroupHierarchy::directory));
    assertEquals(Optional.empty(), layout.v1("cpuset"), "not mounted");
    assertEquals(Optional.empty(), layout.v1("pids"), "not there");
    assertEquals(3, layout.v1().size());
    assertEquals(5, layout.hierarchies().size());
  }

  @ParameterizedTest
  @CsvSource({
    "/, /, /cg",
    "/, /x/y, /cg/x/y",
    "/x, /x, /cg",
    "/x, /x/y, /cg/y",
    "/x, /xy, ''",
    "/x, /, ''",
    "/, /../elsewhere, ''",
  })
  void theMountMayShowAPart(String root, String group, String directory) {
    CgroupLayout layout =
        CgroupLayout.parse(
            "41 31 0:38 " + root + " /cg rw - cgroup2 cgroup2 rw\n", "0::" + group + "\n");

    assertEquals(
        directory.isEmpty() ? Optional.empty() : Optional.of(directory),
        layout.v2().orElseThrow().directory());
  }

  @Test
  void nothingIsMounted() {
    CgroupLayout layout = CgroupLayout.parse("1 1 0:1 / /proc rw - proc proc rw\n", "0::/\n");

    assertEquals(Optional.empty(), layout.v2());
    assertEquals(List.of(), layout.v1());
  }
}
