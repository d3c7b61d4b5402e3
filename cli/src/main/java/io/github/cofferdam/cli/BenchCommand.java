package io.github.cofferdam.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cofferdam bench}, for the help: the start script starts the benchmark, which is a jar of
 * its own, before anything else is asked of this. What it says is what the benchmark itself says;
 * {@code BenchHelpTest} holds that.
 */
final class BenchCommand implements Subcommand {
  @Override
  public String name() {
    return "bench";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Subcommand.specOf(
            this, "Measures what confining a process costs here, compared with other programs.");
    spec.usageMessage()
        .footer(
            "",
            "A run that was ended early goes on if it is given the same folder.",
            "Exit status: 0; 1 if a section has failed, or 'compare' found a regression;",
            "2 if what was asked for makes no sense.");
    spec.addOption(
        Subcommand.flag("--quick", "Few rounds, to try it out: takes less than three minutes."));
    spec.addOption(
        OptionSpec.builder("--output")
            .paramLabel("DIR")
            .type(String.class)
            .description("For the result and the report; default: bench-results/TIME.")
            .build());
    spec.addOption(
        OptionSpec.builder("--only")
            .paramLabel("SECTION")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .splitRegex(",")
            .description("Only these sections, separated by commas.")
            .build());
    spec.addOption(Subcommand.flag("--list", "List the sections."));
    spec.addSubcommand("compare", new Compare().spec());
    spec.parser().unmatchedArgumentsAllowed(true);
    return spec;
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
    err.println(
        "cofferdam: the benchmark is not part of this jar; in a checkout, ./cofferdam bench starts"
            + " it");
    return FAILED;
  }

  /** Two results. */
  private final class Compare implements Subcommand {
    @Override
    public String name() {
      return "compare";
    }

    @Override
    public CommandSpec spec() {
      CommandSpec spec =
          Subcommand.specOf(
              this, "Says what changed between two results, and exits with 1 on a regression.");
      spec.addPositional(result(0, "OLD"));
      spec.addPositional(result(1, "NEW"));
      spec.parser().unmatchedArgumentsAllowed(true);
      return spec;
    }

    @Override
    public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
      return BenchCommand.this.execute(parsed, out, err);
    }
  }

  private static PositionalParamSpec result(int index, String label) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .index(String.valueOf(index))
        .required(true)
        .type(String.class)
        .description("A result.json.")
        .build();
  }
}
