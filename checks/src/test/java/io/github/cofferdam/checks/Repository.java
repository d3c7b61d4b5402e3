package io.github.cofferdam.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.w3c.dom.Element;

/** Where everything is. */
final class Repository {
  static final Path ROOT =
      Path.of(Objects.requireNonNull(System.getProperty("cofferdam.root"))).toAbsolutePath();

  /** Modules that are built for this repository alone, or that hold no classes. */
  static final Set<String> INTERNAL = Set.of("bom", "testkit", "checks", "bench");

  private static final Set<String> NO_SOURCES = Set.of("target", ".git", ".idea", ".vscode");

  static final Charset CHARSET = StandardCharsets.UTF_8;

  private Repository() {}

  /** The modules of the root pom, in its order. */
  static List<String> modules() {
    Element modules = Xml.children(Xml.read(ROOT.resolve("pom.xml")), "modules").getFirst();
    return Xml.children(modules, "module").stream().map(Xml::text).toList();
  }

  /** The modules that people use. */
  static List<String> published() {
    return modules().stream().filter(module -> !INTERNAL.contains(module)).toList();
  }

  /** Compiled classes of the modules that have been built. */
  static List<Path> classes(List<String> modules) {
    return modules.stream()
        .map(module -> ROOT.resolve(module).resolve("target/classes"))
        .filter(Files::isDirectory)
        .toList();
  }

  /** The jar that a class comes from. */
  static Path jar(String className) throws ClassNotFoundException, URISyntaxException {
    return Path.of(
        Objects.requireNonNull(
                Class.forName(className, false, Repository.class.getClassLoader())
                    .getProtectionDomain()
                    .getCodeSource())
            .getLocation()
            .toURI());
  }

  /** All files that belong to the repository, as far as that can be told without git. */
  static List<Path> files() {
    var files = new ArrayList<Path>();
    try {
      Files.walkFileTree(
          ROOT,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes a) {
              return NO_SOURCES.contains(name(directory))
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.sort(null);
    return files;
  }

  static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  static String relative(Path path) {
    return ROOT.relativize(path).toString();
  }

  /** A file's text; bytes that are none are replaced. */
  static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), CHARSET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
