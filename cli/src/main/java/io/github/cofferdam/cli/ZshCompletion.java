package io.github.cofferdam.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A function for zsh that completes the command: one function for each command. */
final class ZshCompletion {
  private static final String HEAD =
      """
      #compdef cofferdam
      # zsh completion for cofferdam; made by: cofferdam generate completion zsh
      """;

  private static final String TAIL =
      """

      # Not where this file is the body of the function that it defines.
      if [ "$funcstack[1]" = _cofferdam ]; then
        _cofferdam "$@"
      else
        compdef _cofferdam cofferdam
      fi
      """;

  private final List<CommandPage> pages;
  private final StringBuilder out = new StringBuilder(HEAD);

  private ZshCompletion(List<CommandPage> pages) {
    this.pages = pages;
  }

  static String of(List<CommandPage> pages) {
    return new ZshCompletion(pages).text();
  }

  private String text() {
    for (CommandPage page : pages) {
      out.append('\n').append(function(page)).append("() {\n");
      if (page.subcommands().isEmpty()) {
        last(page);
      } else {
        above(page);
      }
      out.append("}\n");
    }
    return out.append(TAIL).toString();
  }

  private static String function(CommandPage page) {
    return "_" + page.words().replace(' ', '_');
  }

  /** A command with others below it. */
  private void above(CommandPage page) {
    out.append("  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n");
    var words = new ArrayList<String>();
    page.options().forEach(option -> words.add(option(option)));
    words.add("'1:command:->command'");
    words.add("'*::argument:->argument'");
    arguments("-C -S -A \"-*\"", words);
    out.append("  case $state in\n    command)\n      local -a commands\n      commands=(\n");
    page.subcommands()
        .forEach((name, sub) ->
            out.append("        ")
                .append(quoted(name + ":" + sub.description().replace(":", "\\:")))
                .append('\n'));
    out.append("      )\n      _describe -t commands command commands\n      ;;\n");
    out.append("    argument)\n      case $line[1] in\n");
    page.subcommands()
        .forEach((name, sub) ->
            out.append("        ").append(name).append(") ").append(function(sub)).append(" ;;\n"));
    out.append("      esac\n      ;;\n  esac\n");
  }

  /** A command with nothing below it. */
  private void last(CommandPage page) {
    var words = new ArrayList<String>();
    page.options().forEach(option -> words.add(option(option)));
    if (page.startsCommands()) {
      words.add("'(-)1:program: _command_names -e'");
      words.add("'*::argument:_normal'");
    } else if (page.explainsCommands()) {
      String names =
          pages.stream()
              .filter(other -> other.words().split(" ").length > 1)
              .map(other -> other.words().replaceFirst(".* ", ""))
              .distinct()
              .collect(Collectors.joining(" "));
      words.add("'*:command:(" + names + ")'");
    } else {
      for (PositionalParamSpec argument : page.arguments()) {
        words.add(
            quoted(":" + message(argument.paramLabel()) + ":" + action(OptionValues.of(argument))));
      }
    }
    arguments(page.startsCommands() ? "-S -A \"-*\"" : "-S", words);
  }

  private void arguments(String how, List<String> words) {
    out.append("  _arguments ").append(how);
    words.forEach(word -> out.append(" \\\n    ").append(word));
    out.append('\n');
  }

  private static String option(OptionSpec option) {
    boolean value = OptionValues.has(option);
    String several = option.isMultiValue() ? "*" : "(" + String.join(" ", option.names()) + ")";
    String text =
        "["
            + CommandPage.text(option.description())
                .replace("\\", "\\\\")
                .replace("[", "\\[")
                .replace("]", "\\]")
            + "]";
    if (value) {
      OptionValues values = OptionValues.of(option);
      text += ":" + message(option.paramLabel()) + ":" + action(values);
    }
    String rest = text;
    return Stream.of(option.names())
        .map(name ->
            quoted(several + name + (value ? name.startsWith("--") ? "=" : "+" : "") + rest))
        .collect(Collectors.joining(" \\\n    "));
  }

  private static String message(String label) {
    return label.replace(":", "\\:");
  }

  private static String action(OptionValues values) {
    if (values.files()) {
      return "_files";
    }
    if (values.directories()) {
      return "_files -/";
    }
    if (values.goesOn()) {
      return "compadd -S \"\" -- " + String.join(" ", values.words());
    }
    return values.words().isEmpty() ? " " : "(" + String.join(" ", values.words()) + ")";
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
