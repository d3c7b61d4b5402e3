package io.github.cofferdam.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** One of the commands of {@code cofferdam}. */
interface Subcommand {
  /** The status of one that could not do what it was asked to; no command was run. */
  int FAILED = 125;

  /** The word that selects it. */
  String name();

  /** Its options and its help. */
  CommandSpec spec();

  /** Whether options may follow what is no option; not so where that is a command with its own. */
  default boolean takesOptionsAfterArguments() {
    return false;
  }

  /**
   * Does its work.
   *
   * @return the exit status
   */
  int execute(ParseResult parsed, PrintWriter out, PrintWriter err) throws Exception;

  /** A specification with {@code --help}, which leads back to a command. */
  static CommandSpec specOf(Subcommand command, String description) {
    CommandSpec spec = CommandSpec.wrapWithoutInspection(command);
    spec.usageMessage().description(description).sortOptions(false);
    addHelp(spec);
    return spec;
  }

  static void addStandardOptions(CommandSpec spec) {
    addHelp(spec);
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Print the version.")
            .build());
  }

  private static void addHelp(CommandSpec spec) {
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help.").build());
  }

  /** An option without a value. */
  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).description(description).build();
  }

  /** An option without a value, with a short form. */
  static OptionSpec flag(String letter, String name, String description) {
    return OptionSpec.builder(letter, name).description(description).build();
  }

  /** An option with a value, which can be given once. */
  static OptionSpec value(String name, String label, String description) {
    return OptionSpec.builder(name)
        .paramLabel(label)
        .arity("1")
        .type(String.class)
        .description(description)
        .build();
  }

  /** An option with a value, which can be given several times. */
  static OptionSpec values(String name, String label, String description) {
    return OptionSpec.builder(name)
        .paramLabel(label)
        .arity("1")
        .type(List.class)
        .auxiliaryTypes(String.class)
        .description(description)
        .build();
  }

  /** The one argument that is no option. */
  static PositionalParamSpec argument(String label, String description) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .index("0")
        .arity("1")
        .required(true)
        .type(String.class)
        .description(description)
        .build();
  }

  /** The one argument that is no option, and can be left out. */
  static PositionalParamSpec optionalArgument(String label, String description) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .index("0")
        .arity("0..1")
        .required(false)
        .type(String.class)
        .description(description)
        .build();
  }

  /** Arguments that are no options: at least one. */
  static PositionalParamSpec arguments(String label, String description) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .arity("1..*")
        .required(true)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .description(description)
        .build();
  }
}
