package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What tests of the packed command need of the machine that they run on. */
final class Machine {
  private static final Path CLI = Repository.ROOT.resolve("cli");

  private Machine() {}

  /** Skips a test where a program is missing. */
  static void assumePrograms(String... names) {
    for (String name : names) {
      assumeTrue(
          Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin")
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
          () -> "there is no " + name);
    }
  }

  /** Skips a test where a file of the build is missing, or is older than the command's classes. */
  static Path assumeBuilt(String file, String how) throws IOException {
    Path built = CLI.resolve("target").resolve(file);
    assumeTrue(Files.exists(built), () -> "not built: " + built + "; " + how);
    FileTime time = Files.getLastModifiedTime(built);
    try (Stream<Path> classes = Files.walk(CLI.resolve("target/classes"))) {
      for (Path path : classes.filter(Files::isRegularFile).toList()) {
        assumeTrue(
            Files.getLastModifiedTime(path).compareTo(time) <= 0,
            () -> built + " is older than " + path + "; " + how);
      }
    }
    return built;
  }

  static Path jdk() {
    return Path.of(System.getProperty("java.home"));
  }

  /** What a program prints, on both streams; it succeeds. */
  static String output(Path directory, List<String> words) throws Exception {
    var builder = new ProcessBuilder(words).redirectErrorStream(true).directory(directory.toFile());
    builder.environment().put("JAVA_HOME", jdk().toString());
    builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), Repository.CHARSET);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
