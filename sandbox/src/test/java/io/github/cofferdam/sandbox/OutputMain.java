package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Policy;
import java.io.IOException;

/** A virtual machine with little memory, whose command writes a gigabyte. */
final class OutputMain {
  private OutputMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Outcome outcome =
        Sandbox.of(Policy.builder().build())
            .command(
                Sandboxed.PYTHON,
                "-Ic",
                """
                import os
                for i in range(8192):
                    os.write(2, b'e' * 65536)
                    os.write(1, b'o' * 65536)
                """)
            .captureOutput(1_000_000)
            .run();
    CapturedOutput output = outcome.output().orElseThrow();
    System.out.println(
        outcome.ending()
            + " "
            + output.outBytes().length
            + " "
            + output.errBytes().length
            + " truncated="
            + output.truncated());
  }
}
