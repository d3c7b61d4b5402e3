package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.doctor.HostReport;
import io.github.cofferdam.doctor.PolicyTrial;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cofferdam doctor}: what this host can enforce, for this user. */
final class DoctorCommand implements Subcommand {
  /** The policy of {@code --require} cannot be enforced here. */
  private static final int NOT_ENFORCEABLE = 1;

  private static final String JSON = "--json";
  private static final String REQUIRE = "--require";

  private final boolean ownProcess;

  /** One that may change this process, if it is all that it is there for. */
  DoctorCommand(boolean ownProcess) {
    this.ownProcess = ownProcess;
  }

  @Override
  public String name() {
    return "doctor";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Subcommand.specOf(this, "Says what this host can enforce, for this user.");
    spec.addOption(Subcommand.flag(JSON, "Print JSON."));
    spec.addOption(
        Subcommand.value(REQUIRE, "FILE", "Try this policy, too, and fail if it cannot hold."));
    spec.usageMessage()
        .footer(
            "",
            "Exit status: 0; with --require, 1 if this host cannot enforce in full what the policy",
            "requires; 125 if the policy is not valid. What it only prefers is reported.");
    return spec;
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    if (ownProcess) {
      // What the trials make on the host is removed whatever signal ends this.
      var _ = Signals.begin();
    }
    String file = parsed.matchedOptionValue(REQUIRE, null);
    // Before anything is tried: a policy that is not valid is an error and no finding.
    Optional<Policy> policy = load(file);
    HostReport host = HostReport.probe();
    var levels = new ArrayList<PolicyTrial>();
    for (Isolation isolation : List.of(Isolation.BASIC, Isolation.NAMESPACE)) {
      levels.add(PolicyTrial.of(isolation, host));
    }
    Optional<Diagnosis.Required> required = Optional.empty();
    if (file != null && policy.isPresent()) {
      required = Optional.of(new Diagnosis.Required(file, PolicyTrial.of(policy.get(), host)));
    }
    var diagnosis = new Diagnosis(host, levels, required);
    if (parsed.hasMatchedOption(JSON)) {
      DoctorJson.print(out, diagnosis);
    } else {
      DoctorText.print(out, diagnosis);
    }
    return required.isPresent() && !required.get().trial().enforceable() ? NOT_ENFORCEABLE : 0;
  }

  private static Optional<Policy> load(@Nullable String file) throws PolicyException {
    return file == null ? Optional.empty() : Optional.of(Policy.load(OsText.path(file)));
  }
}
