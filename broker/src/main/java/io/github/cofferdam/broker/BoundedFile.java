package io.github.cofferdam.broker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A file of the host's own that is read whole, if it is not too long for what it is. */
final class BoundedFile {
  private BoundedFile() {}

  /**
   * {@return the lines of a file}; none if it is not there, as the C library has it
   *
   * @param longest in bytes
   * @throws IOException if it is no file, is longer, or cannot be read
   */
  static List<String> lines(Path file, int longest) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException(file + " is not a file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(longest + 1);
      if (bytes.length > longest) {
        throw new IOException(file + " is longer than " + longest + " bytes");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
