package io.github.cofferdam.namespaces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;

/**
 * What was found at a path.
 *
 * @param path absolute
 * @param file file system and inode; empty if there was nothing
 * @param names how many hard links it had, if that matters; else 0
 */
record Place(Path path, Optional<Object> file, long names) {
  static Place of(Path path) {
    return new Place(path, fileAt(path), 0);
  }

  /** A place of which it matters whether a file gets another name. */
  static Place withNames(Path path) {
    return new Place(path, fileAt(path), names(path));
  }

  /** Whether the same is there, also if it is nothing. */
  boolean isUnchanged() {
    return fileAt(path).equals(file) && (names == 0 || names(path) == names);
  }

  /** {@return how many hard links a file has; 1 for a directory, and if there is nothing} */
  static long names(Path path) {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:nlink,isDirectory", LinkOption.NOFOLLOW_LINKS);
      boolean directory = Boolean.TRUE.equals(attributes.get("isDirectory"));
      return !directory && attributes.get("nlink") instanceof Number links ? links.longValue() : 1;
    } catch (IOException e) {
      return 1;
    }
  }

  private static Optional<Object> fileAt(Path path) {
    try {
      return Optional.of(
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .fileKey());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
