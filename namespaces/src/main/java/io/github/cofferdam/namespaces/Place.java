package io.github.cofferdam.namespaces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What was found at a path.
 *
 * @param path absolute
 * @param file file system and inode; empty if there was nothing
 */
record Place(Path path, Optional<Object> file) {
  static List<Place> all(Collection<Path> paths) {
    var places = new ArrayList<Place>();
    for (Path path : paths) {
      places.add(new Place(path, fileAt(path)));
    }
    return places;
  }

  /** Whether the same is there, also if it is nothing. */
  boolean isUnchanged() {
    return fileAt(path).equals(file);
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
