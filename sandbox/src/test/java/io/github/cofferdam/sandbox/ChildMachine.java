package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another virtual machine with the same classes, to be killed or to be given little memory. */
final class ChildMachine {
  private ChildMachine() {}

  /**
   * Prepares one; skips the test where this user cannot read the classes.
   *
   * @param temporary its directory for temporary files
   */
  static ProcessBuilder builder(Class<?> main, Path temporary, String... arguments)
      throws IOException {
    // Jars of third parties lie where an unprivileged user may not read; these runs need none.
    var classPath = new ArrayList<String>();
    boolean own = false;
    String file = main.getName().replace('.', '/') + ".class";
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isReadable(path)) {
        classPath.add(entry);
        own |= Files.isReadable(path.resolve(file));
      }
    }
    assumeTrue(own, "this user cannot read the class path");
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx48m",
                "-Djava.io.tmpdir=" + temporary.toRealPath(),
                "-cp",
                String.join(File.pathSeparator, classPath),
                main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }
}
