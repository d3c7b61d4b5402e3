package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryEntriesTest {
  @TempDir private Path directory;

  private Fd open() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long name = OsText.allocate(arena, OsText.of(directory)).address();
      return Fd.owning(
          Syscall.call(Syscall.number("openat"), Uapi.AT_FDCWD(), name, Uapi.O_RDONLY(), 0),
          "openat",
          "open a directory");
    }
  }

  @Test
  void everyEntryIsToldOnceWithItsKind() throws IOException {
    var expected = new HashMap<String, Boolean>();
    Files.createDirectory(directory.resolve("...d"));
    expected.put("...d", true);
    Files.createSymbolicLink(directory.resolve("link"), Path.of("...d"));
    expected.put("link", false);
    // More than one call's worth.
    for (int i = 0; i < 3000; i++) {
      String name = "a-file-with-a-name-of-some-length-" + i;
      Files.createFile(directory.resolve(name));
      expected.put(name, false);
    }
    Map<String, Boolean> told = new HashMap<>();
    int calls = 0;
    try (Arena arena = Arena.ofConfined();
        Fd fd = open()) {
      var entries = new DirectoryEntries(fd, arena);
      while (entries.<RuntimeException>read(
          "list",
          (bytes, kind) -> {
            String name = OsText.decode(bytes, 0, bytes.length);
            boolean isDirectory =
                kind == DirectoryEntries.Kind.UNKNOWN
                    ? expected.getOrDefault(name, false)
                    : kind == DirectoryEntries.Kind.DIRECTORY;
            assertEquals(null, told.put(name, isDirectory), name);
          })) {
        calls++;
      }
    }
    assertEquals(expected, told);
    assertTrue(calls > 1, "one call was enough");
  }

  @Test
  void aDirectoryThatIsGoneIsAnError() throws IOException {
    try (Arena arena = Arena.ofConfined();
        Fd fd = open()) {
      Files.delete(directory);
      var entries = new DirectoryEntries(fd, arena);
      KernelException e =
          assertThrows(
              KernelException.class,
              () -> entries.<RuntimeException>read("list it", (name, kind) -> {}));
      assertEquals(Errno.ENOENT, e.errno());
    }
  }
}
