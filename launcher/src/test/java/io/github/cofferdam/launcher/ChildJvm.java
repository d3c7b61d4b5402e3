package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Another virtual machine with the same classes. */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * The command line that runs a main class; skips the test where this user cannot read the
   * classes.
   */
  static List<String> command(Class<?> main, String... arguments) throws Exception {
    var path = new StringBuilder();
    for (Class<?> type : List.of(main, Launcher.class, Syscall.class)) {
      Path location = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      assumeTrue(Files.isReadable(location), () -> "this user cannot read " + location);
      path.append(location).append(':');
    }
    var command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                path.toString(),
                main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}
