package io.github.cofferdam.landlock;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * What this virtual machine loads classes and libraries from: the JDK, the class path with what the
 * manifests of its jars name, and the module path.
 */
final class ClassFiles {
  private ClassFiles() {}

  /** {@return files and directories that this user can read} */
  static Set<Path> ofThisMachine() {
    var found = new LinkedHashSet<Path>();
    found.add(Path.of(System.getProperty("java.home")));
    found.addAll(of(System.getProperty("java.class.path", "")));
    found.addAll(of(System.getProperty("jdk.module.path", "")));
    // What this user cannot read now, nobody can grant; nothing new is loaded from it anyway.
    found.removeIf(path -> !Files.isReadable(path));
    return found;
  }

  /** {@return where a class path leads, whether something is there or not} */
  static Set<Path> of(String classPath) {
    var found = new LinkedHashSet<Path>();
    if (!classPath.isEmpty()) {
      for (String entry : classPath.split(File.pathSeparator, -1)) {
        // An empty entry is the working directory.
        addWithManifests(Path.of(entry).toAbsolutePath(), found);
      }
    }
    return found;
  }

  private static void addWithManifests(Path first, Set<Path> found) {
    Deque<Path> open = new ArrayDeque<>();
    open.add(first);
    while (!open.isEmpty()) {
      Path path = open.remove();
      if (found.add(path) && Files.isRegularFile(path)) {
        for (String named : named(path)) {
          resolve(path, named).ifPresent(open::add);
        }
      }
    }
  }

  /**
   * As a class loader does: a URL, relative to that of the jar. It takes any; only files matter.
   */
  private static Optional<Path> resolve(Path jar, String named) {
    try {
      URI place = jar.toUri().resolve(named);
      boolean isFile = "file".equals(place.getScheme()) && place.getPath() != null;
      return isFile ? Optional.of(Path.of(place.getPath())) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(jar.resolveSibling(named).normalize());
    }
  }

  private static List<String> named(Path file) {
    try (var jar = new JarFile(file.toFile(), false)) {
      Manifest manifest = jar.getManifest();
      if (manifest == null) {
        return List.of();
      }
      String named = manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      return named == null || named.isBlank()
          ? List.of()
          : List.of(named.strip().split("\\s+", -1));
    } catch (IOException e) {
      // No jar, or none that this user can read: nothing is loaded from it, and no more named by
      // it.
      return List.of();
    }
  }
}
