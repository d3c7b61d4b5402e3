package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;

/** A virtual machine of its own, for {@link LifelineTest} to kill. */
final class LifelineMain {
  private LifelineMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Policy policy = Policy.builder().isolation(Isolation.valueOf(arguments[0])).build();
    Sandbox.of(policy)
        .run(
            "/bin/sh",
            "-c",
            "trap '' TERM HUP; sleep $1 & setsid sleep $1 & (setsid sleep $1 &) ; sleep $1",
            "sh",
            arguments[1]);
  }
}
