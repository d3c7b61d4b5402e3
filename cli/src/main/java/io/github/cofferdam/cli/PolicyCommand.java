package io.github.cofferdam.cli;

import io.github.cofferdam.sandbox.Policy;
import io.github.cofferdam.sandbox.PolicyException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cofferdam policy}. */
@Command(
    name = "policy",
    description = "Looks at policy files.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills the fields in
final class PolicyCommand implements Runnable {
  @Spec private CommandSpec spec;

  PolicyCommand() {}

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "check",
      description = "Says whether a policy is valid; exits with 1 if it is not.",
      mixinStandardHelpOptions = true)
  int check(@Parameters(paramLabel = "FILE") Path file) {
    try {
      Policy.load(file);
    } catch (PolicyException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
    spec.commandLine().getOut().println(file + ": valid");
    return 0;
  }

  @Command(
      name = "show",
      description = "Prints a policy as it is understood, with all defaults.",
      mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "FILE") Path file) {
    try {
      spec.commandLine().getOut().print(Policy.load(file).toToml());
    } catch (PolicyException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
    spec.commandLine().getOut().flush();
    return 0;
  }
}
