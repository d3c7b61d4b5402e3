package io.github.cofferdam.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cofferdam version}: as {@code --version}. */
final class VersionCommand implements Subcommand {
  @Override
  public String name() {
    return "version";
  }

  @Override
  public CommandSpec spec() {
    return Subcommand.specOf(this, "Prints the version.");
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
    out.println("cofferdam " + Main.version());
    return 0;
  }
}
