package io.github.cofferdam.doctor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;

/** Runs commands, to compare what doctor says with what happens. */
final class Confined {
  private Confined() {}

  static Outcome sh(Policy policy, String script) throws IOException, InterruptedException {
    return Sandbox.of(policy)
        .command("/bin/sh", "-c", script)
        .directory(Path.of("/"))
        .captureOutput()
        .run();
  }

  /** Skips a test where this host cannot give an isolation level. */
  static void assumeAvailable(Isolation isolation) throws IOException, InterruptedException {
    Ending ending = sh(Policy.builder().isolation(isolation).build(), "true").ending();
    assumeTrue(ending instanceof Ending.Exited, () -> isolation + " cannot be had here: " + ending);
  }
}
