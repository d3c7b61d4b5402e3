package io.github.cofferdam.confinement;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Where a class path leads: its entries, also those that are not there yet, and what the manifests
 * of its jars name. A class loader opens them when it has not found a class in those before.
 */
final class ClassPathFiles {
  private static final int MOST = 10_000;
  private static final int MOST_LINKS = 40;

  /** What the manifests said, which stays so as long as the file does. */
  private static final Map<Jar, List<String>> KNOWN = new ConcurrentHashMap<>();

  private record Jar(Path path, @Nullable Object key, FileTime changed, long size) {}

  private final Set<Path> found = new LinkedHashSet<>();
  private final Set<Path> seen = new HashSet<>();
  private final Deque<Path> open = new ArrayDeque<>();

  /** Adds an entry of the class path, with the links on its way resolved as at the start. */
  void add(String entry) {
    try {
      Path named = Path.of(entry).toAbsolutePath();
      Path real = follow(named, Files.notExists(named));
      if (seen.add(real)) {
        open.add(real);
      }
    } catch (InvalidPathException e) {
      // No file can have this name.
    }
  }

  /** {@return the files and directories, with what the jars' manifests name} */
  Set<Path> find() throws IOException {
    while (!open.isEmpty()) {
      Path jar = open.remove();
      for (String named : named(jar)) {
        Path path = resolve(jar, named);
        if (path == null || !seen.add(path)) {
          continue;
        }
        if (seen.size() > MOST) {
          throw new IOException("the class path has more than " + MOST + " entries");
        }
        follow(path, true);
        open.add(path);
      }
    }
    return found;
  }

  /** The links on the way are among what is found if they are followed later. */
  private Path follow(Path path, boolean later) {
    Path at = PathFinder.ROOT;
    int links = 0;
    Deque<Path> names = new ArrayDeque<>();
    path.forEach(names::add);
    while (!names.isEmpty()) {
      Path name = names.remove();
      if (name.toString().equals("..")) {
        Path parent = at.getParent();
        at = parent == null ? at : parent;
        continue;
      }
      Path next = name.toString().equals(".") ? at : at.resolve(name);
      Path target = links < MOST_LINKS ? readLink(next) : null;
      if (target == null) {
        at = next;
        continue;
      }
      links++;
      if (later) {
        found.add(next);
      }
      if (target.isAbsolute()) {
        at = PathFinder.ROOT;
      }
      for (int i = target.getNameCount() - 1; i >= 0; i--) {
        names.addFirst(target.getName(i));
      }
    }
    found.add(at);
    return at;
  }

  private static @Nullable Path readLink(Path path) {
    try {
      return Files.isSymbolicLink(path) ? Files.readSymbolicLink(path) : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** As a class loader does: a URL, relative to that of the jar. */
  private static @Nullable Path resolve(Path jar, String named) {
    try {
      URI uri = jar.toUri().resolve(named);
      String path = uri.getPath();
      return "file".equals(uri.getScheme()) && path != null ? Path.of(path) : null;
    } catch (IllegalArgumentException e) {
      return jar.resolveSibling(named).normalize();
    }
  }

  private static List<String> named(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        return List.of();
      }
      var jar =
          new Jar(file, attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
      List<String> known = KNOWN.get(jar);
      if (known == null) {
        known = read(file);
        KNOWN.put(jar, known);
      }
      return known;
    } catch (IOException e) {
      // It is not there, or no jar: then nothing is loaded from it, and no more is named by it.
      return List.of();
    }
  }

  private static List<String> read(Path file) throws IOException {
    try (var jar = new JarFile(file.toFile(), false)) {
      Manifest manifest = jar.getManifest();
      if (manifest == null) {
        return List.of();
      }
      String named = manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      if (named == null || named.isBlank()) {
        return List.of();
      }
      return List.of(named.strip().split("\\s+", -1));
    }
  }
}
