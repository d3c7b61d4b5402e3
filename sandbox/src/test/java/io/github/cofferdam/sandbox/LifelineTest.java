package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RS-11: a killed virtual machine leaves nothing running. */
@Tag("kernel")
class LifelineTest {
  @TempDir private Path temporary;

  @ParameterizedTest
  @EnumSource
  void theTreeDiesWithTheVirtualMachine(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    // Jars of third parties lie where an unprivileged user may not read; these runs need none.
    var classPath = new ArrayList<String>();
    boolean own = false;
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isReadable(path)) {
        classPath.add(entry);
        own |= Files.isReadable(path.resolve("io/github/cofferdam/sandbox/LifelineMain.class"));
      }
    }
    assumeTrue(own, "this user cannot read the class path");
    String marker = marker();
    Process machine =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Djava.io.tmpdir=" + temporary.toRealPath(),
                    "-cp",
                    String.join(File.pathSeparator, classPath),
                    LifelineMain.class.getName(),
                    isolation.name(),
                    marker))
            .redirectInput(ProcessBuilder.Redirect.PIPE)
            .redirectOutput(temporary.resolve("output").toFile())
            .redirectErrorStream(true)
            .start();
    try {
      // The virtual machine, the shell and four sleeps.
      awaitTree(machine, marker);

      machine.destroyForcibly().waitFor();

      awaitProcesses(marker, 0);
    } finally {
      machine.destroyForcibly().waitFor();
    }
  }

  private void awaitTree(Process machine, String marker) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < 3000; attempt++) {
      if (Sandboxed.processesWith(marker).size() == 6) {
        return;
      }
      assertTrue(machine.isAlive(), Files.readString(temporary.resolve("output")));
      Thread.sleep(20);
    }
    throw new AssertionError(Sandboxed.processesWith(marker));
  }
}
