package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.launcher.NullDevice;
import io.github.cofferdam.launcher.Orphans;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyKeys;
import io.github.cofferdam.policy.PolicyOption;
import io.github.cofferdam.policy.TimeoutSettings;
import io.github.cofferdam.sandbox.DryRun;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.NetworkUse;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Sandbox;
import io.github.cofferdam.sandbox.SandboxCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cofferdam run}. */
final class RunCommand implements Subcommand {
  private static final String DRY_RUN = "--dry-run";
  private static final String REPORT = "--report";
  private static final String TTY = "--tty";

  /** As many lines as people read below the command's own. */
  private static final int MOST_TARGETS = 5;

  /** For policies that do not set it. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final boolean ownProcess;

  /** One that may change this process for the command, if that is all that it is there for. */
  RunCommand(boolean ownProcess) {
    this.ownProcess = ownProcess;
  }

  @Override
  public String name() {
    return "run";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Subcommand.specOf(this, "Runs a command confined, and exits as it does.");
    PolicyOptions.addTo(spec);
    spec.addOption(Subcommand.flag("-t", TTY, "Give the command a terminal of its own."));
    spec.addOption(Subcommand.flag(DRY_RUN, "Print the steps and what would hold; run nothing."));
    spec.addOption(Subcommand.value(REPORT, "FILE", "Write what became of the run as JSON."));
    spec.addPositional(Subcommand.arguments("COMMAND", "The command and its arguments."));
    spec.usageMessage()
        .customSynopsis("cofferdam run [OPTIONS] [--] COMMAND [ARG]...")
        .footer(
            "",
            repeatable(),
            "",
            "Exit status: the command's own; 128+n if signal n ended it; 124 if its time was over;"
                + " 125 if it was refused or could not be confined; 126 if it cannot be executed;"
                + " 127 if there is none.");
    return spec;
  }

  private static String repeatable() {
    var names =
        new StringJoiner(
            ", ",
            "Without --policy and other options: mode readonly, no network. An option replaces what"
                + " --policy says, but these add to it, and may be given several times: ",
            ".");
    for (PolicyOption option : PolicyKeys.options()) {
      if (option.isRepeatable()) {
        names.add(option.name());
      }
    }
    return names.toString();
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    List<String> command = parsed.matchedPositionalValue(0, List.of());
    Policy policy = withGrace(new PolicyOptions(parsed).policy());
    boolean runs = ownProcess && !parsed.hasMatchedOption(DRY_RUN);
    if (runs) {
      fillClosedStreams();
      Orphans.adopt();
    }
    Optional<Signals> signals = runs ? Optional.of(Signals.begin()) : Optional.empty();
    SandboxCommand prepared =
        Sandbox.of(policy)
            .command(command)
            .onReport(report -> {
              warn(report, err);
              signals.ifPresent(Signals::starting);
            })
            .confirm(reason -> Confirmation.ask(reason, err))
            .inheritIO();
    prepared.parentEnvironment(CallersJavaOptions.restored(prepared.parentEnvironment()));
    boolean ownTerminal = parsed.hasMatchedOption(TTY);
    if (parsed.hasMatchedOption(DRY_RUN)) {
      return print(ownTerminal ? TerminalSession.dryRun(prepared) : prepared.dryRun(), out);
    }
    SavedBeside saved = SavedBeside.of(policy);
    try (ReportFile report = ReportFile.open(parsed.matchedOptionValue(REPORT, null))) {
      Outcome outcome =
          ownTerminal
              ? TerminalSession.run(prepared, signals)
              : forwarding(prepared, signals).run();
      try {
        report.write(outcome);
      } finally {
        // Last: a terminal may take it when somebody continues its output, or never.
        tellMadeNames(outcome, err);
        tellRefusedTargets(outcome, err);
        explain(outcome.ending(), saved, err);
      }
      return outcome.ending().shellStatus();
    }
  }

  /** Who waits at a terminal gives a command time; a program says so itself. */
  private static Policy withGrace(Policy policy) {
    TimeoutSettings timeout = policy.timeout();
    return timeout.grace().isPresent()
        ? policy
        : policy.toBuilder().timeout(timeout.withGrace(GRACE)).build();
  }

  private static SandboxCommand forwarding(SandboxCommand command, Optional<Signals> signals) {
    signals.ifPresent(caught -> command.onStarted(caught::forwardTo));
    return command;
  }

  /** Before the command begins: what it writes may fill screens. */
  private static void warn(EnforcementReport report, PrintWriter err) {
    for (String warning : report.warnings()) {
      err.println("cofferdam: warning: " + warning);
    }
  }

  /** So that no file that is opened from here on becomes one of the command's streams. */
  private static void fillClosedStreams() throws IOException {
    while (true) {
      Fd filling = NullDevice.open();
      if (filling.number() > 2) {
        filling.close();
        return;
      }
    }
  }

  private static int print(DryRun dryRun, PrintWriter out) {
    for (LaunchStep step : dryRun.steps()) {
      out.println(step);
    }
    out.println();
    out.println("isolation: " + dryRun.enforcement().isolation().key());
    for (EnforcedProtection protection : dryRun.enforcement().protections()) {
      out.println(protection);
    }
    for (String warning : dryRun.enforcement().warnings()) {
      out.println("warning: " + warning);
    }
    for (Path path : dryRun.created()) {
      out.println("create: " + OsText.show(path));
    }
    for (String name : dryRun.environmentDropped()) {
      out.println("environment: not passed on: " + name.replaceAll("\\p{Cntrl}", "?"));
    }
    return 0;
  }

  /** What the command has made there, nobody has looked at. */
  private static void tellMadeNames(Outcome outcome, PrintWriter err) {
    for (Path made : outcome.madeNames()) {
      err.println(
          "cofferdam: the run has made "
              + OsText.show(made)
              + ", which the policy protects; look at it before anything uses it");
    }
  }

  /** Programs have many words for a destination that is not allowed, and none for the rule. */
  private static void tellRefusedTargets(Outcome outcome, PrintWriter err) {
    if (outcome.network().isEmpty() || outcome.success()) {
      return;
    }
    NetworkUse network = outcome.network().get();
    List<String> targets = network.refusedTargets();
    for (String target : targets.subList(0, Math.min(MOST_TARGETS, targets.size()))) {
      err.println("cofferdam: network refused: " + target.replaceAll("\\p{Cntrl}", "?"));
    }
    if (targets.size() > MOST_TARGETS) {
      err.println("cofferdam: network refused: others, " + network.refused() + " times in all");
    }
  }

  /**
   * Says on standard error why there was no run, why it was cut short, or why it may have failed.
   */
  private static void explain(Ending ending, SavedBeside saved, PrintWriter err) {
    if (ending instanceof Ending.Exited exited) {
      // Before the switch, whose bootstrap takes time that each run would wait for.
      if (exited.code() != 0) {
        saved.hint().ifPresent(hint -> err.println("cofferdam: " + hint));
      }
      return;
    }
    switch (ending) {
      case Ending.Refused refused -> err.println("cofferdam: refused: " + refused.reason());
      case Ending.SetupFailed failed -> err.println("cofferdam: not run: " + failed.reason());
      case Ending.NotExecuted not -> err.println("cofferdam: " + not.reason());
      case Ending.TimedOut timedOut ->
          err.println("cofferdam: ended after " + timedOut.after().toMillis() / 1000.0 + " s");
      case Ending.SupervisorLost lost ->
          err.println("cofferdam: the supervisor was killed; what the command did is unknown");
      case Ending.LimitHit hit ->
          err.println("cofferdam: limit " + hit.limit() + ": " + hit.evidence());
      case Ending.Exited exited -> {}
      case Ending.Signalled signalled -> {}
      case Ending.Closed closed -> {}
    }
  }
}
