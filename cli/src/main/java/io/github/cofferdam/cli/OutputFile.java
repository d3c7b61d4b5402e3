package io.github.cofferdam.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is there as a whole or not at all: it is written under another name, beside its own,
 * and then renamed. What has its name already is replaced if it is a regular file, and else left.
 */
final class OutputFile {
  private OutputFile() {}

  static void write(Path file, byte[] content) throws IOException {
    check(file);
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new IOException(file + ": there is no such directory");
    }
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    Path temporary = directory.resolve("." + file.getFileName() + "." + random);
    try {
      try (OutputStream out =
          Files.newOutputStream(
              temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        out.write(content);
      }
      // A rename replaces a link that came in the meantime, and never follows it.
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  private static void check(Path file) throws IOException {
    if (file.getFileName() == null || file.getFileName().toString().isEmpty()) {
      throw new IOException("\"" + file + "\" is no name of a file");
    }
    if (Files.isSymbolicLink(file)) {
      throw new IOException(file + " is a symbolic link; name the file itself");
    }
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(file + " is a directory");
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(file + " is not a regular file");
    }
  }
}
