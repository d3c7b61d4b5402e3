package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.EnforcedProtection;
import io.github.cofferdam.sandbox.Enforcement;
import io.github.cofferdam.sandbox.Isolation;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Policy;
import io.github.cofferdam.sandbox.Sandbox;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * {@code cofferdam doctor}: what this host can enforce, for this user. What it says of an isolation
 * level it has tried: it runs {@code true} under it.
 */
final class DoctorCommand implements Subcommand {
  private static final String JSON = "--json";

  @Override
  public String name() {
    return "doctor";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Subcommand.specOf(this, "Says what this host can enforce, for this user.");
    spec.addOption(Subcommand.flag(JSON, "Print JSON."));
    return spec;
  }

  /** An isolation level, tried. */
  private record Trial(Isolation isolation, Outcome outcome) {
    Optional<String> failure() {
      return switch (outcome.ending()) {
        case Ending.Refused refused -> Optional.of(refused.reason());
        case Ending.SetupFailed failed -> Optional.of(failed.reason());
        case Ending.NotExecuted not -> Optional.of(not.reason());
        default -> outcome.success() ? Optional.empty() : Optional.of("it " + outcome.ending());
      };
    }

    List<EnforcedProtection> protections() {
      return outcome.enforcement().map(report -> report.protections()).orElse(List.of());
    }
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    var trials = new ArrayList<Trial>();
    for (Isolation isolation : Isolation.values()) {
      trials.add(attempt(isolation));
    }
    if (parsed.hasMatchedOption(JSON)) {
      printJson(out, trials);
    } else {
      print(out, trials);
    }
    return 0;
  }

  private static Trial attempt(Isolation isolation) throws IOException, InterruptedException {
    Policy policy =
        Policy.builder()
            .isolation(isolation)
            .enforcement(new Enforcement(Enforcement.Level.BEST_EFFORT, Map.of()))
            .build();
    Outcome outcome =
        Sandbox.of(policy).command("true").stdout(Stdio.discard()).stderr(Stdio.discard()).run();
    return new Trial(isolation, outcome);
  }

  private static Map<String, String> host() {
    var host = new LinkedHashMap<String, String>();
    host.put("kernel", System.getProperty("os.version"));
    host.put("architecture", Arch.host().toString());
    host.put("landlock", Integer.toString(Abi.current().version()));
    return host;
  }

  private static void print(PrintWriter out, List<Trial> trials) {
    host().forEach((name, value) -> out.printf("%-14s%s%n", name, value));
    for (Trial trial : trials) {
      out.printf("%nmode readonly, isolation %s%n", trial.isolation().key());
      trial.failure().ifPresent(reason -> out.printf("  cannot run: %s%n", reason));
      for (EnforcedProtection entry : trial.protections()) {
        out.printf(
            "  %-18s%-11s%s%n", entry.protection().key(), entry.state().key(), entry.detail());
      }
    }
  }

  private static void printJson(PrintWriter out, List<Trial> trials) {
    try (JsonGenerator generator =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
      generator.writeStartObject();
      host().forEach(generator::writeStringProperty);
      generator.writeArrayPropertyStart("isolation");
      for (Trial trial : trials) {
        generator.writeStartObject();
        generator.writeStringProperty("level", trial.isolation().key());
        generator.writeBooleanProperty("runs", trial.failure().isEmpty());
        trial.failure().ifPresent(reason -> generator.writeStringProperty("failure", reason));
        generator.writeArrayPropertyStart("protections");
        for (EnforcedProtection entry : trial.protections()) {
          generator.writeStartObject();
          generator.writeStringProperty("protection", entry.protection().key());
          generator.writeStringProperty("state", entry.state().key());
          generator.writeStringProperty("detail", entry.detail());
          generator.writeEndObject();
        }
        generator.writeEndArray();
        generator.writeEndObject();
      }
      generator.writeEndArray();
      generator.writeEndObject();
    }
    out.println();
  }
}
