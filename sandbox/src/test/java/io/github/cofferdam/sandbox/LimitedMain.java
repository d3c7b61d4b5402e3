package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.TreeLimit;
import java.io.IOException;

/** A virtual machine of its own that runs a limited command, for {@link SandboxLimitsTest}. */
final class LimitedMain {
  private LimitedMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Policy policy = Policy.builder().limit(TreeLimit.TASKS, 20).build();
    Outcome outcome = Sandbox.of(policy).run(arguments);
    System.exit(outcome.ending().shellStatus());
  }
}
