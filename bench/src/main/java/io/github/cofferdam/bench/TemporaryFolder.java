package io.github.cofferdam.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A folder for what a measurement needs, which only this user can enter. It is deleted with all
 * that is in it when it is closed, or when the virtual machine is told to end before that.
 */
final class TemporaryFolder implements AutoCloseable {
  /** The names of all folders of this process begin with it. */
  static final String PREFIX = "cofferdam-bench-" + ProcessHandle.current().pid() + "-";

  private final Path path;
  private final Thread atEnd;

  /** Takes over a folder that was made for this. */
  TemporaryFolder(Path path) {
    this.path = path;
    atEnd = new Thread(this::deleteAtEnd, "deletes " + path);
    Runtime.getRuntime().addShutdownHook(atEnd);
  }

  /** Makes a new one. */
  static TemporaryFolder create() throws IOException {
    return new TemporaryFolder(make(Path.of(System.getProperty("java.io.tmpdir"))));
  }

  /**
   * Makes a folder that only this user can enter. Its name is short: podman takes no path of more
   * than 50 characters.
   *
   * @return it, absolute and without symbolic links
   */
  static Path make(Path parent) throws IOException {
    Path folder = parent.toRealPath();
    while (true) {
      String name = PREFIX + Integer.toHexString(ThreadLocalRandom.current().nextInt());
      try {
        return Files.createDirectory(
            folder.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        // Another name, then.
      }
    }
  }

  /** {@return the folder, absolute and without symbolic links} */
  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    // Before the other thread is told not to: it takes a while, and the end may come meanwhile.
    delete(path);
    try {
      Runtime.getRuntime().removeShutdownHook(atEnd);
    } catch (IllegalStateException e) {
      // The virtual machine is about to end: the other thread finds nothing to delete.
    }
  }

  /** What is being measured may go on meanwhile, and end because its files are gone. */
  private void deleteAtEnd() {
    try {
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }

  /** Deletes a folder and what is in it; links are not followed. */
  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            // Somebody else was faster.
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
