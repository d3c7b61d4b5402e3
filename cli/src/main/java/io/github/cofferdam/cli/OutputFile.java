package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FdOutputStream;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is there as a whole or not at all: it is written under another name, beside its own,
 * and then renamed. What has its name already is replaced if it is a regular file, and else left.
 *
 * <p>Its directory is held by a descriptor, so it comes to where its name led when this was made.
 */
final class OutputFile implements AutoCloseable {
  private static final int NEW = Uapi.O_WRONLY() | Uapi.O_CREAT() | Uapi.O_EXCL();

  private final Path file;
  private final Directory directory;
  private final String name;
  private final int mode;

  private OutputFile(Path file, Directory directory, String name, int mode) {
    this.file = file;
    this.directory = directory;
    this.name = name;
    this.mode = mode;
  }

  static void write(Path file, byte[] content) throws IOException {
    try (OutputFile out = of(file)) {
      out.write(content);
    }
  }

  /**
   * Holds the place of a file. Nothing is changed there yet.
   *
   * @throws IOException if it could not be written there
   */
  static OutputFile of(Path named) throws IOException {
    Path file = WorkingDirectory.reach(named);
    String path = OsText.of(file.toAbsolutePath());
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (file.toString().isEmpty() || name.isEmpty()) {
      throw new IOException("\"" + file + "\" is no name of a file");
    }
    if (name.equals(".") || name.equals("..")) {
      throw new IOException(file + " is a directory");
    }
    Directory directory = hold(file);
    try {
      Optional<FileStatus> before = directory.look(name);
      check(file, before);
      requireWritable(file, directory);
      int mode = before.map(FileStatus::permissions).orElse(0666) & 0777;
      return new OutputFile(file, directory, name, mode);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static Directory hold(Path file) throws IOException {
    try {
      Path parent = file.toAbsolutePath().getParent();
      return Directory.open(parent == null ? Path.of("/") : parent);
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        throw new IOException(file + ": there is no such directory", e);
      }
      throw e;
    }
  }

  private static void requireWritable(Path file, Directory directory) throws IOException {
    try {
      directory.requireWritable();
    } catch (KernelException e) {
      throw new IOException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static void check(Path file, Optional<FileStatus> before) throws IOException {
    if (before.isEmpty()) {
      return;
    }
    if (before.get().isSymbolicLink()) {
      throw new IOException(file + " is a symbolic link; name the file itself");
    }
    if (before.get().isDirectory()) {
      throw new IOException(file + " is a directory");
    }
    if (!before.get().isRegularFile()) {
      throw new IOException(file + " is not a regular file");
    }
  }

  /** Removes the file of the same name, so that it cannot be taken for the one to come. */
  void removeOld() throws IOException {
    if (directory.look(name).isPresent()) {
      directory.delete(name);
    }
  }

  /**
   * Writes the file. A link that has its name by now is replaced, and never followed; a directory
   * is given another name.
   */
  void write(byte[] content) throws IOException {
    // Not from the name, which may be as long as names can be.
    String temporary = ".cofferdam-" + random();
    boolean done = false;
    try {
      try (var out = new FdOutputStream(directory.openFile(temporary, NEW, mode))) {
        out.write(content);
      }
      if (directory.look(name).filter(FileStatus::isDirectory).isPresent()) {
        putAside();
      }
      directory.rename(temporary, name);
      done = true;
    } catch (KernelException e) {
      throw new IOException(file + " cannot be written: " + e.getMessage(), e);
    } finally {
      if (!done && directory.look(temporary).isPresent()) {
        directory.delete(temporary);
      }
    }
  }

  private void putAside() throws KernelException {
    try {
      directory.rename(name, name + ".replaced-" + random());
    } catch (KernelException e) {
      if (e.errno() != Errno.ENAMETOOLONG) {
        throw e;
      }
      directory.rename(name, "cofferdam.replaced-" + random());
    }
  }

  private static String random() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  @Override
  public void close() {
    directory.close();
  }
}
