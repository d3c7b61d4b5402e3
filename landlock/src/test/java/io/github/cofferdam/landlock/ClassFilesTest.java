package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassFilesTest {
  @TempDir private Path directory;

  private Path jar(String name, String classPath) throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    Path file = directory.resolve(name);
    new JarOutputStream(Files.newOutputStream(file), manifest).close();
    return file;
  }

  /** As java -jar has it; two that name each other do not matter. */
  @Test
  void whatManifestsNameBelongsToTheClassPath() throws IOException {
    Path first = jar("first.jar", "lib/second.jar https://example.org/third.jar no%jar");
    Files.createDirectory(directory.resolve("lib"));
    Files.writeString(directory.resolve("no%jar"), "none");
    Path second = jar("lib/second.jar", "../first.jar missing.jar ../classes/");

    assertEquals(
        Set.of(
            first,
            second,
            directory.resolve("lib/missing.jar"),
            directory.resolve("classes"),
            directory.resolve("no%jar"),
            Path.of("").toAbsolutePath()),
        ClassFiles.of(first + ":"));
  }

  @Test
  void thisMachineLoadsFromTheJdkAndTheClassPath() {
    Set<Path> found = ClassFiles.ofThisMachine();

    assertTrue(found.contains(Path.of(System.getProperty("java.home"))));
    for (Path entry : ClassFiles.of(System.getProperty("java.class.path"))) {
      assertEquals(Files.isReadable(entry), found.contains(entry), entry::toString);
    }
    assertEquals(Set.of(), ClassFiles.of(""));
  }
}
