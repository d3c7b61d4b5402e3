package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Native access is needed by one module: users have one flag to set, and one module to read. */
class NativeAccessTest {
  /** Classes of third parties, so that what they may need would show, too. */
  private static final List<String> THIRD_PARTY =
      List.of(
          "tools.jackson.core.JsonParser",
          "picocli.CommandLine",
          "org.jspecify.annotations.NullMarked");

  private static String modulePath() throws ClassNotFoundException, URISyntaxException {
    var path = new StringBuilder();
    for (Path classes : Repository.classes(Repository.published())) {
      path.append(classes).append(File.pathSeparatorChar);
    }
    for (String name : THIRD_PARTY) {
      path.append(Repository.jar(name)).append(File.pathSeparatorChar);
    }
    return path.substring(0, path.length() - 1);
  }

  @Test
  void onlyBindingsNeedsNativeAccess()
      throws IOException, InterruptedException, ClassNotFoundException, URISyntaxException {
    Path tool = Path.of(System.getProperty("java.home"), "bin", "jnativescan");
    assumeTrue(Files.isExecutable(tool), () -> "this JDK has no " + tool);
    Process process =
        new ProcessBuilder(
                tool.toString(),
                "--print-native-access",
                "--module-path",
                modulePath(),
                "--add-modules",
                "ALL-MODULE-PATH")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), Repository.CHARSET).strip();
    assertEquals(0, process.waitFor(), output);
    assertEquals("io.github.cofferdam.bindings", output);
  }
}
