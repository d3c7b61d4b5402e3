package io.github.cofferdam.bindings;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The files that a file system is stored in, as far as the kernel tells: images behind loop
 * devices, through partitions and what the device mapper makes of several devices, and images that
 * are mounted as they are.
 *
 * <pre>
 * /sys/dev/block/253:0/            a device of the mapper
 *   slaves/loop0p1 -> ...          what it is made of
 * /sys/block/loop0/loop0p1/        a partition
 *   partition
 * /sys/block/loop0/                the device that it is on
 *   loop/backing_file              /var/lib/images/disk
 * </pre>
 */
final class StoredIn {
  private final Path kernel;
  private final Set<Path> seen = new LinkedHashSet<>();
  private final Set<Path> files = new LinkedHashSet<>();

  /**
   * Looks at nothing yet.
   *
   * @param kernel where sysfs is mounted
   */
  StoredIn(Path kernel) {
    this.kernel = kernel;
  }

  /**
   * {@return the files, real paths}
   *
   * @param device major:minor of a mounted file system
   * @param source what was mounted; empty if that is no path
   */
  Set<Path> files(String device, Optional<Path> source) {
    if (!device.startsWith("0:")) {
      device(kernel.resolve("dev/block").resolve(device));
    } else {
      // A file system with a number of its own, such as btrfs, or one that reads its image itself.
      source
          .flatMap(StoredIn::real)
          .ifPresent(real -> {
            if (Files.isRegularFile(real)) {
              files.add(real);
            } else if (real.getFileName() != null) {
              device(kernel.resolve("class/block").resolve(real.getFileName()));
            }
          });
    }
    return files;
  }

  private void device(Path directory) {
    Optional<Path> real = real(directory);
    if (real.isEmpty() || !seen.add(real.get())) {
      return;
    }
    Path device = real.get();
    try {
      byte[] text = Files.readAllBytes(device.resolve("loop/backing_file"));
      real(OsText.path(OsText.decode(text, 0, Math.max(0, text.length - 1)))).ifPresent(files::add);
    } catch (IOException e) {
      // No loop device, or one with nothing behind it.
    }
    Path whole = device.getParent();
    if (whole != null && Files.exists(device.resolve("partition"))) {
      device(whole);
    }
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(device.resolve("slaves"))) {
      parts.forEach(this::device);
    } catch (IOException | DirectoryIteratorException e) {
      // A partition has none.
    }
  }

  private static Optional<Path> real(Path path) {
    try {
      return Optional.of(path.toRealPath());
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }
}
