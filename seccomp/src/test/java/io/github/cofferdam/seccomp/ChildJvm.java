package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.Launcher;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another virtual machine with the same classes, for filters that confine all of one. */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * What a main class prints; skips the test where this user cannot read the classes.
   *
   * @param main has to end with status 0
   */
  static String run(Class<?> main, String... arguments) throws Exception {
    return run(0, main, arguments);
  }

  /** The same for a main class that has to end with another status. */
  static String run(int status, Class<?> main, String... arguments) throws Exception {
    var path = new StringBuilder();
    for (Class<?> type : List.of(main, SeccompFilter.class, Launcher.class, Syscall.class)) {
      Path location = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      assumeTrue(Files.isReadable(location), () -> "this user cannot read " + location);
      path.append(location).append(':');
    }
    var command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "ulimit -c 0; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                path.toString(),
                main.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(status, process.waitFor(), output);
    return output;
  }
}
