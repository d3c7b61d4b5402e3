package io.github.cofferdam.cli;

import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.sandbox.DryRun;
import io.github.cofferdam.sandbox.EnforcedProtection;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Policy;
import io.github.cofferdam.sandbox.Sandbox;
import io.github.cofferdam.sandbox.SandboxCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cofferdam run}. */
@Command(
    name = "run",
    description = "Runs a command confined, and exits as it does.",
    customSynopsis = "cofferdam run [OPTIONS] [--] COMMAND [ARG]...",
    footer = {
      "",
      "Exit status: the command's own; 128+n if signal n ended it; 124 if its time was over;",
      "125 if it was refused or could not be confined; 126 if it cannot be executed; 127 if there is none.",
      "Without --policy and other options: mode readonly, no network."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli fills the fields in
final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PolicyOptions policyOptions;

  @Option(names = "--dry-run", description = "Print the steps and what would hold; run nothing.")
  private boolean dryRun;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write what became of the run as JSON.")
  private @Nullable Path report;

  @Parameters(paramLabel = "COMMAND", arity = "1..*", hidden = true)
  private List<String> command;

  RunCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Policy policy = policyOptions.policy();
    SandboxCommand prepared =
        Sandbox.of(policy)
            .command(ProcessText.lastArguments(command.size()))
            .parentEnvironment(ProcessText.environment())
            .inheritIO();
    if (dryRun) {
      return print(prepared.dryRun());
    }
    try (ReportFile file = ReportFile.open(report)) {
      Outcome outcome = prepared.onStarted(Signals::forwardTo).run();
      file.write(outcome);
      explain(outcome.ending());
      return outcome.ending().shellStatus();
    }
  }

  private int print(DryRun dryRun) {
    PrintWriter out = spec.commandLine().getOut();
    for (LaunchStep step : dryRun.steps()) {
      out.println(step);
    }
    out.println();
    for (EnforcedProtection protection : dryRun.enforcement().protections()) {
      out.println(protection);
    }
    out.flush();
    return 0;
  }

  /** Says on standard error why there was no run, or why it was cut short. */
  private void explain(Ending ending) {
    PrintWriter err = spec.commandLine().getErr();
    switch (ending) {
      case Ending.Refused refused -> err.println("cofferdam: refused: " + refused.reason());
      case Ending.SetupFailed failed -> err.println("cofferdam: not run: " + failed.reason());
      case Ending.NotExecuted not -> err.println("cofferdam: " + not.reason());
      case Ending.TimedOut timedOut ->
          err.println("cofferdam: ended after " + timedOut.after().toMillis() / 1000.0 + " s");
      case Ending.SupervisorLost lost ->
          err.println("cofferdam: the supervisor was killed; what the command did is unknown");
      case Ending.Exited exited -> {}
      case Ending.Signalled signalled -> {}
      case Ending.Closed closed -> {}
    }
    err.flush();
  }
}
