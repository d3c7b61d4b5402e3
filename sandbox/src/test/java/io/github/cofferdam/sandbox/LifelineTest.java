package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.assumeLandlockSuffices;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** RS-11: a killed virtual machine leaves nothing running. */
@Tag("kernel")
class LifelineTest {
  @TempDir private Path temporary;

  @ParameterizedTest
  @EachIsolation
  void theTreeDiesWithTheVirtualMachine(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeLandlockSuffices(Policy.builder().isolation(isolation).build());
    String marker = marker();
    Process machine =
        ChildMachine.builder(LifelineMain.class, temporary, isolation.name(), marker)
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
