package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.assumeLandlockSuffices;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * RS-11 at any moment: a virtual machine is killed while it starts, uses and ends sandboxes. How
 * often is the system property {@value #KILLS}.
 */
@Tag("kernel")
class KilledMachineTest {
  private static final String KILLS = "cofferdam.test.kills";

  @TempDir private Path temporary;

  @ParameterizedTest
  @EachIsolation
  void nothingSurvives(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeLandlockSuffices(Policy.builder().isolation(isolation).build());
    int kills = Integer.getInteger(KILLS, 5);
    var random = new Random();
    long longest = 0;
    for (int i = 0; i < kills; i++) {
      String marker = marker();
      Process machine =
          ChildMachine.builder(KilledMachineMain.class, temporary, isolation.name(), marker)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader output = machine.inputReader()) {
        assertEquals("runs", output.readLine());
        Thread.sleep(random.nextInt(200));

        machine.destroyForcibly().waitFor();

        long start = System.nanoTime();
        awaitProcesses(marker, 0);
        longest = Math.max(longest, System.nanoTime() - start);
      } finally {
        machine.destroyForcibly().waitFor();
      }
    }
    System.out.printf(
        "%s: killed %d times, all gone after %d ms at most%n",
        isolation, kills, longest / 1_000_000);
  }
}
