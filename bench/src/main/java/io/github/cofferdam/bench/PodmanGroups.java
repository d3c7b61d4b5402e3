package io.github.cofferdam.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The control groups that podman makes above those of its containers and leaves behind: those that
 * were not there before are removed when this is closed.
 */
final class PodmanGroups implements AutoCloseable {
  private static final String NAME = "libpod_parent";

  private final Path mount;
  private final List<Path> before;

  PodmanGroups() throws IOException {
    this(Path.of("/sys/fs/cgroup"));
  }

  /**
   * Remembers what there is.
   *
   * @param mount of version 2, or where the hierarchies of version 1 are
   */
  PodmanGroups(Path mount) throws IOException {
    this.mount = mount;
    before = find();
  }

  private List<Path> find() throws IOException {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(mount.resolve(NAME))) {
      found.add(mount.resolve(NAME));
    }
    if (Files.isDirectory(mount)) {
      try (Stream<Path> hierarchies = Files.list(mount)) {
        hierarchies
            .map(hierarchy -> hierarchy.resolve(NAME))
            .filter(Files::isDirectory)
            .forEach(found::add);
      }
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    for (Path group : find()) {
      if (!before.contains(group)) {
        remove(group);
      }
    }
  }

  private static void remove(Path group) throws IOException {
    List<Path> inside;
    try (Stream<Path> files = Files.walk(group)) {
      inside = files.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : inside) {
      try {
        Files.delete(each);
      } catch (IOException e) {
        // Somebody's container is in it meanwhile: then it is theirs.
        return;
      }
    }
  }
}
