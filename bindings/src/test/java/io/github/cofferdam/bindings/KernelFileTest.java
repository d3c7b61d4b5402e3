package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFileTest {
  @TempDir private Path folder;

  @Test
  void textsAndLinksAreThoseThatJavaReads() throws Exception {
    String name = "/proc/sys/kernel/ostype";
    assertEquals(Files.readString(Path.of(name)), KernelFile.text(name));
    String link = "/proc/self/cwd";
    assertEquals(Files.readSymbolicLink(Path.of(link)).toString(), KernelFile.link(link));
  }

  @Test
  void allBytesOfALinkArrive() throws Exception {
    String target = OsText.decode(new byte[] {'/', (byte) 0xff, (byte) 0xc3, (byte) 0xa9}, 0, 4);
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, OsText.path(target));
    assertEquals(target, KernelFile.link(link.toString()));
  }

  @Test
  void aLongFileIsCutAt4096Bytes() throws Exception {
    Path file = Files.writeString(folder.resolve("long"), "x".repeat(5000));
    assertEquals("x".repeat(4096), KernelFile.text(file.toString()));
  }

  @Test
  void whatIsNotThereIsNamed() {
    String missing = folder.resolve("missing").toString();
    assertEquals(
        Errno.ENOENT, assertThrows(KernelException.class, () -> KernelFile.text(missing)).errno());
    assertEquals(
        Errno.ENOENT, assertThrows(KernelException.class, () -> KernelFile.link(missing)).errno());
    assertEquals(
        Errno.EINVAL,
        assertThrows(KernelException.class, () -> KernelFile.link(folder.toString())).errno());
  }
}
