package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.documents.DocumentFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reading a policy file: what is not a small UTF-8 file of the user's own is refused, quickly and
 * in words.
 */
class PolicyFileTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("policy.toml");
  }

  private void write(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  private String message(Path path) {
    return assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThrows(PolicyException.class, () -> Policy.load(path)).getMessage());
  }

  @Test
  void readsAFile() throws IOException {
    write("[sandbox]\nmode = \"full-access\"\n");

    assertEquals(Mode.FULL_ACCESS, Policy.load(file).mode());
  }

  @Test
  void followsASymbolicLink() throws IOException {
    write("[sandbox]\nmode = \"full-access\"\n");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);

    assertEquals(Mode.FULL_ACCESS, Policy.load(link).mode());
  }

  @Test
  void acceptsAByteOrderMarkAndWindowsLineEnds() throws IOException {
    write("\uFEFF[sandbox]\r\nmode = \"full-access\"\r\n");

    assertEquals(Mode.FULL_ACCESS, Policy.load(file).mode());
  }

  @Test
  void neverChangesABrokenFile() throws IOException {
    byte[] broken = "[network]\nallow_network = fal".getBytes(StandardCharsets.UTF_8);
    write(broken);

    message(file);

    assertArrayEquals(broken, Files.readAllBytes(file));
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void refusesAMissingFile() {
    assertEquals(file + ": no such file", message(file));
  }

  @Test
  void refusesADirectory() {
    assertEquals(directory + ": is a directory; expected a regular file", message(directory));
  }

  @Test
  void refusesAFifoWithoutWaitingForAWriter() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());

    assertEquals(
        file + ": is a FIFO, a socket or a device; expected a regular file", message(file));
  }

  @Test
  void refusesADevice() {
    assertEquals(
        "/dev/zero: is a FIFO, a socket or a device; expected a regular file",
        message(Path.of("/dev/zero")));
  }

  @Test
  void refusesALoopOfLinks() throws IOException {
    Files.createSymbolicLink(file, file);

    assertTrue(message(file).startsWith(file + ": cannot be read: Too many levels"), message(file));
  }

  @Test
  void refusesAFileThatEveryoneMayWrite() throws IOException {
    write("");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

    assertEquals(
        file + ": every user of this host may change this policy; run: chmod o-w " + file,
        message(file));
  }

  @Test
  void readsAFileOfTheLargestSizeAndRefusesOneByteMore() throws IOException {
    byte[] comment = new byte[DocumentFile.MAX_BYTES];
    Arrays.fill(comment, (byte) '#');
    write(comment);
    assertEquals(Policy.builder().build(), Policy.load(file));

    write(Arrays.copyOf(comment, DocumentFile.MAX_BYTES + 1));
    assertEquals(
        file + ": is larger than 1048576 bytes, the most that a policy may have", message(file));
  }

  @Test
  void countsWhatItReadsAndNotWhatTheSizeSays() {
    // Files in /proc have size 0 and content.
    assertTrue(
        message(Path.of("/proc/self/status")).startsWith("/proc/self/status:1:"),
        "content is read");
  }

  @Test
  void stopsReadingAFileThatIsLargerThanItsSizeSays() {
    Path symbols = Path.of("/proc/kallsyms");
    assumeTrue(Files.isReadable(symbols), "the kernel has no symbol table to read");

    assertEquals(
        symbols + ": is larger than 1048576 bytes, the most that a policy may have",
        message(symbols));
  }

  @Test
  void saysWhereAByteIsNotUtf8() throws IOException {
    write(new byte[] {'#', ' ', (byte) 0xC3, (byte) 0xA9, '\n', '#', (byte) 0xFF, '\n'});

    assertEquals(file + ":2:2: not UTF-8: the byte at offset 6 is 0xff", message(file));
  }

  @Test
  void refusesACharacterThatIsCutOff() throws IOException {
    write(new byte[] {'#', (byte) 0xC3});

    assertEquals(file + ":1:2: not UTF-8: the byte at offset 1 is 0xc3", message(file));
  }

  @Test
  void recognisesUtf16() throws IOException {
    write("\uFEFF[a]".getBytes(StandardCharsets.UTF_16LE));

    assertEquals(
        file
            + ":1:1: not UTF-8: the byte at offset 0 is 0xff;"
            + " the file looks like UTF-16, save it as UTF-8",
        message(file));
  }

  @Test
  void refusesNul() throws IOException {
    write("# a\n# b\0c\n");

    assertEquals(file + ":2:4: NUL character", message(file));
  }

  /** A run that may write there can do so at any moment. */
  @Test
  void aFifoThatComesWhileAFileIsLookedAtIsNotWaitedFor() throws Exception {
    Path fifo = directory.resolve("fifo");
    assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0, "no mkfifo");
    write("[sandbox]\n");
    Path regular = Files.copy(file, directory.resolve("regular"));
    var done = new AtomicBoolean();
    Thread swapping =
        Thread.ofPlatform()
            .start(() -> {
              Path next = directory.resolve("next");
              while (!done.get()) {
                for (Path each : List.of(fifo, regular)) {
                  assertDoesNotThrow(() -> {
                    Files.createLink(next, each);
                    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
                  });
                }
              }
            });
    try {
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () -> {
            for (int i = 0; i < 2000; i++) {
              try {
                Policy.load(file);
              } catch (PolicyException e) {
                // Most of the time it is a FIFO, or was another file just now.
              }
            }
          });
    } finally {
      done.set(true);
      swapping.join();
    }
  }
}
