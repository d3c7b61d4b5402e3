package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PodmanGroupsTest {
  @Test
  void whatWasMadeIsRemoved(@TempDir Path mount) throws Exception {
    Path old = Files.createDirectories(mount.resolve("memory/libpod_parent/old"));
    Path other = Files.createDirectories(mount.resolve("cpu/system"));
    try (var _ = new PodmanGroups(mount)) {
      Files.createDirectories(mount.resolve("cpu/libpod_parent/libpod-1/inner"));
      Files.createDirectories(mount.resolve("libpod_parent"));
    }
    assertFalse(Files.exists(mount.resolve("cpu/libpod_parent")));
    assertFalse(Files.exists(mount.resolve("libpod_parent")));
    assertTrue(Files.exists(old));
    assertTrue(Files.exists(other));
  }

  @Test
  void whatIsInUseStays(@TempDir Path mount) throws Exception {
    Path used = mount.resolve("cpu/libpod_parent/libpod-1");
    try (var _ = new PodmanGroups(mount)) {
      Files.createDirectories(used);
      // What a running process is for a group, a file is for a directory: it cannot be removed.
      Files.createFile(used.resolve("process"));
    }
    assertTrue(Files.exists(used));
  }

  @Test
  void withoutControlGroupsThereIsNothingToDo(@TempDir Path folder) throws Exception {
    new PodmanGroups(folder.resolve("missing")).close();
  }
}
