package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;

/**
 * A virtual machine of its own that runs commands where something around them is missing, for
 * {@link NeededNamespacesTest}. Prints how each ended, and why.
 */
final class RefusalMain {
  private RefusalMain() {}

  /**
   * The isolation, the level of enforcement, the access to the network or a host name; and then,
   * for each further run: an error that a thread's filter has for unshare(2), or {@code free}.
   */
  public static void main(String[] arguments) throws Exception {
    var level = Enforcement.Level.valueOf(arguments[1]);
    Policy.Builder policy =
        Policy.builder()
            .isolation(Isolation.valueOf(arguments[0]))
            .enforcement(Enforcement.DEFAULT.withLevel(level));
    switch (arguments[2]) {
      case "loopback" -> policy.network(Network.Access.LOOPBACK);
      case "full" -> policy.network(Network.Access.FULL);
      case "none" -> {}
      default -> policy.hostname(arguments[2]);
    }
    Sandbox sandbox = Sandbox.of(policy.build());
    if (arguments.length == 3) {
      run(sandbox);
    }
    for (int i = 3; i < arguments.length; i++) {
      String around = arguments[i];
      Thread thread =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  if (!around.equals("free")) {
                    NoNewPrivileges.program().then(filter(Errno.valueOf(around)).install()).run();
                  }
                  run(sandbox);
                } catch (Exception e) {
                  System.out.println(e);
                }
              });
      thread.join();
    }
  }

  private static SeccompFilter filter(Errno errno) {
    return SeccompFilter.denyList(Arch.host()).on("unshare", Action.errno(errno)).build();
  }

  private static void run(Sandbox sandbox) throws Exception {
    Outcome outcome = sandbox.command("/bin/true").directory(Path.of("/")).run();
    String reason =
        switch (outcome.ending()) {
          case Ending.Refused(String why) -> why;
          case Ending.SetupFailed(String why) -> why;
          default ->
              sandbox.policy().isolation() == Isolation.AUTO
                  ? outcome.enforcement().map(RefusalMain::isolation).orElse("")
                  : "";
        };
    System.out.println((outcome.ending().kind() + " " + reason).strip());
  }

  private static String isolation(EnforcementReport report) {
    return report.isolation().key() + " " + report.of(Protection.NAMESPACES);
  }
}
