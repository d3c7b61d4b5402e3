package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a sysfs that a test has made. */
class StoredInTest {
  @TempDir private Path temporary;
  private Path kernel;
  private Path image;

  /** A loop device with a partition, on which the mapper has a device. */
  @BeforeEach
  void makeDevices() throws IOException {
    temporary = temporary.toRealPath();
    kernel = temporary.resolve("sys");
    image = Files.writeString(temporary.resolve("image"), "x");
    Path loop = Files.createDirectories(kernel.resolve("devices/block/loop0"));
    Files.createDirectories(loop.resolve("loop"));
    Files.createDirectories(loop.resolve("slaves"));
    Files.write(loop.resolve("loop/backing_file"), OsText.encode(OsText.of(image) + "\n"));
    Path partition = Files.createDirectories(loop.resolve("loop0p1"));
    Files.writeString(partition.resolve("partition"), "1\n");
    Path mapped = kernel.resolve("devices/block/dm-0");
    Files.createDirectories(mapped.resolve("slaves"));
    Files.createSymbolicLink(mapped.resolve("slaves/loop0p1"), partition);
    Path numbers = Files.createDirectories(kernel.resolve("dev/block"));
    Files.createSymbolicLink(numbers.resolve("7:0"), loop);
    Files.createSymbolicLink(numbers.resolve("259:1"), partition);
    Files.createSymbolicLink(numbers.resolve("253:0"), mapped);
    Path names = Files.createDirectories(kernel.resolve("class/block"));
    Files.createSymbolicLink(names.resolve("dm-0"), mapped);
  }

  private Set<Path> files(String device, String source) {
    return new StoredIn(kernel)
        .files(device, source.startsWith("/") ? Optional.of(Path.of(source)) : Optional.empty());
  }

  @Test
  void anImageIsFoundBehindEachDevice() {
    assertEquals(Set.of(image), files("7:0", "/dev/loop0"));
    assertEquals(Set.of(image), files("259:1", ""));
    assertEquals(Set.of(image), files("253:0", "/dev/mapper/x"));
    assertEquals(Set.of(), files("8:1", "/dev/sda1"));
  }

  @Test
  void whereTheFileSystemHasANumberOfItsOwnItsSourceSays() throws IOException {
    Path node = Files.createDirectories(temporary.resolve("dev/dm-0"));
    Files.createSymbolicLink(temporary.resolve("dev/mapper"), node);

    assertEquals(Set.of(image), files("0:40", temporary + "/dev/mapper"));
    assertEquals(Set.of(image), files("0:41", image.toString()));
    assertEquals(Set.of(), files("0:42", temporary + "/gone"));
    assertEquals(Set.of(), files("0:43", "tmpfs"));
  }

  @Test
  void anImageThatIsGoneIsNone() throws IOException {
    Files.delete(image);

    assertEquals(Set.of(), files("7:0", "/dev/loop0"));
  }
}
