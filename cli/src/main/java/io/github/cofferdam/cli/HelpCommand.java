package io.github.cofferdam.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code cofferdam help [COMMAND...]}: as {@code --help} of that command. */
final class HelpCommand implements Subcommand {
  @Override
  public String name() {
    return "help";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Subcommand.specOf(this, "Prints the help of a command.");
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("COMMAND")
            .arity("0..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("The command, such as: policy check. All of them if it is left out.")
            .build());
    return spec;
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
    CommandLine about = parsed.commandSpec().parent().commandLine();
    for (String word : parsed.matchedPositionalValue(0, List.<String>of())) {
      CommandLine next = about.getSubcommands().get(word);
      if (next == null) {
        Messages.unknownCommand(err, word, about.getSubcommands().keySet());
        return FAILED;
      }
      about = next;
    }
    about.usage(out);
    return 0;
  }
}
