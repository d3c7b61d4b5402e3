package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A virtual machine of its own that runs a command where something around it is missing, for {@link
 * NeededNamespacesTest}. Prints how the command ended, and why.
 */
final class RefusalMain {
  private RefusalMain() {}

  /** The isolation, the level of enforcement, the access to the network. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var level = Enforcement.Level.valueOf(arguments[1]);
    Policy.Builder policy =
        Policy.builder()
            .isolation(Isolation.valueOf(arguments[0]))
            .enforcement(Enforcement.DEFAULT.withLevel(level));
    if (arguments[2].equals("loopback")) {
      policy.network(Network.Access.LOOPBACK);
    }
    Outcome outcome = Sandbox.of(policy.build()).command("/bin/true").directory(Path.of("/")).run();
    String reason =
        switch (outcome.ending()) {
          case Ending.Refused(String why) -> why;
          case Ending.SetupFailed(String why) -> why;
          default -> "";
        };
    System.out.println(outcome.ending().kind() + " " + reason);
  }
}
