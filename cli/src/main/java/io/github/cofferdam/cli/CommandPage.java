package io.github.cofferdam.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What manual pages and completions are made from: one command, as the command line knows it. */
final class CommandPage {
  private static final String EXIT_STATUS = "Exit status: ";

  /** Picocli's synopsis in one line. */
  private static final int WIDE = 10_000;

  private final CommandSpec spec;

  private CommandPage(CommandSpec spec) {
    this.spec = spec;
  }

  /** The command itself, then what is below it, in the order of the help. */
  static List<CommandPage> all(CommandLine line) {
    var pages = new ArrayList<CommandPage>();
    pages.add(new CommandPage(line.getCommandSpec()));
    line.getSubcommands().values().forEach(sub -> pages.addAll(all(sub)));
    return List.copyOf(pages);
  }

  /** Such as {@code cofferdam policy check}. */
  String words() {
    return spec.qualifiedName();
  }

  /** Such as {@code cofferdam-policy-check}. */
  String title() {
    return spec.qualifiedName("-");
  }

  String description() {
    return String.join(" ", spec.usageMessage().description());
  }

  String synopsis() {
    String[] custom = spec.usageMessage().customSynopsis();
    if (custom.length > 0) {
      return String.join(" ", custom);
    }
    spec.usageMessage().width(WIDE);
    return new CommandLine.Help(
            spec, CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .synopsis(0)
        .strip();
  }

  List<OptionSpec> options() {
    return spec.options();
  }

  List<PositionalParamSpec> arguments() {
    return spec.positionalParameters();
  }

  /** By their last word. */
  Map<String, CommandPage> subcommands() {
    var pages = new LinkedHashMap<String, CommandPage>();
    spec.subcommands()
        .forEach((name, line) -> pages.put(name, new CommandPage(line.getCommandSpec())));
    return pages;
  }

  /** Whether what follows is the command line of another program. */
  boolean startsCommands() {
    return words().equals("cofferdam run");
  }

  /** Whether what follows are the words of a command. */
  boolean explainsCommands() {
    return words().equals("cofferdam help");
  }

  /** What the help says at its end, without what it says of the exit status. */
  String remarks() {
    String footer = footer();
    int status = footer.indexOf(EXIT_STATUS);
    return (status < 0 ? footer : footer.substring(0, status)).strip();
  }

  /** What the help says of the exit status, or nothing. */
  String exitStatus() {
    String footer = footer();
    int status = footer.indexOf(EXIT_STATUS);
    return status < 0 ? "" : footer.substring(status + EXIT_STATUS.length()).strip();
  }

  private String footer() {
    return String.join(" ", spec.usageMessage().footer());
  }

  static String text(String[] lines) {
    return String.join(" ", lines);
  }
}
