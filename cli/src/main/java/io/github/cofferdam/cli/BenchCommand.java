package io.github.cofferdam.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cofferdam bench}, for the help: the start script starts the benchmark, which is a jar of
 * its own, before this is asked.
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
            this, "Measures what confining costs here, compared with other programs.");
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
}
