package io.github.cofferdam.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/** A script for fish that completes the command. */
final class FishCompletion {
  private static final String HEAD =
      """
      # fish completion for cofferdam; made by: cofferdam generate completion fish

      complete -c cofferdam -f

      # The command that the words before the cursor lead to; behind the program of "run", nothing.
      function __cofferdam_at
          set -l at cofferdam
          set -l value 0
          for word in (commandline -opc)[2..-1]
              if test $value = 1
                  set value 0
                  continue
              end
              switch $word
                  case '--*=*'
                  case --
                      test "$at" = 'cofferdam run'; and return
                  case '-*'
                      contains -- "$at $word" $__cofferdam_with_value; and set value 1
                  case '*'
                      test "$at" = 'cofferdam run'; and return
                      if contains -- "$at $word" $__cofferdam_commands
                          set at "$at $word"
                      end
              end
          end
          echo $at
      end

      function __cofferdam_is_at
          test "$(__cofferdam_at)" = "$argv[1]"
      end

      # For help: the commands below those that are named.
      function __cofferdam_explained
          set -l at cofferdam
          for word in (commandline -opc)[3..-1]
              set at "$at $word"
          end
          for command in $__cofferdam_commands
              string replace -r -f -- '^'(string escape --style=regex -- "$at")' (\\S+)$' '$1' $command
          end
      end

      # The program of "run" and its arguments: as if they stood there alone.
      function __cofferdam_program
          set -l words (commandline -opc)[3..-1]
          set -l value 0
          while set -q words[1]
              if test $value = 1
                  set value 0
              else
                  switch $words[1]
                      case --
                          set -e words[1]
                          break
                      case '--*=*'
                      case '-*'
                          contains -- "cofferdam run $words[1]" $__cofferdam_with_value; and set value 1
                      case '*'
                          break
                  end
              end
              set -e words[1]
          end
          complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
      end

      function __cofferdam_runs
          set -l words (commandline -opc)
          test "$words[2]" = run; or return 1
          test -z "$(__cofferdam_at)"; and return 0
          not string match -q -- '-*' (commandline -ct); and __cofferdam_is_at 'cofferdam run'
      end

      complete -c cofferdam -n __cofferdam_runs -a '(__cofferdam_program)'
      """;

  private final List<CommandPage> pages;
  private final StringBuilder out = new StringBuilder(HEAD);

  private FishCompletion(List<CommandPage> pages) {
    this.pages = pages;
  }

  static String of(List<CommandPage> pages) {
    return new FishCompletion(pages).text();
  }

  private String text() {
    list("__cofferdam_commands", pages.stream().map(CommandPage::words).skip(1));
    list(
        "__cofferdam_with_value",
        pages.stream()
            .flatMap(page ->
                page.options().stream()
                    .filter(OptionValues::has)
                    .flatMap(option -> Stream.of(option.names()))
                    .map(name -> page.words() + " " + name)));
    for (CommandPage page : pages) {
      out.append('\n');
      for (Map.Entry<String, CommandPage> sub : page.subcommands().entrySet()) {
        complete(page, " -a " + sub.getKey(), sub.getValue().description());
      }
      page.options().forEach(option -> option(page, option));
      if (page.explainsCommands()) {
        complete(page, " -a '(__cofferdam_explained)'", "");
      } else if (!page.arguments().isEmpty()
          && OptionValues.of(page.arguments().getFirst()).files()) {
        complete(page, " -F", "");
      }
    }
    return out.toString();
  }

  private void list(String name, Stream<String> values) {
    out.append("\nset -g ")
        .append(name)
        .append(values.map(value -> " \\\n    " + quoted(value)).collect(Collectors.joining()))
        .append('\n');
  }

  private void option(CommandPage page, OptionSpec option) {
    var words = new StringBuilder();
    for (String name : option.names()) {
      words.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
    }
    if (OptionValues.has(option)) {
      OptionValues values = OptionValues.of(option);
      words.append(values.files() ? " -r -F" : " -x");
      if (values.directories()) {
        words.append(" -a '(__fish_complete_directories)'");
      } else if (!values.words().isEmpty()) {
        words.append(" -a ").append(quoted(String.join(" ", values.words())));
      }
    }
    complete(page, words.toString(), CommandPage.text(option.description()));
  }

  private void complete(CommandPage page, String what, String description) {
    out.append("complete -c cofferdam -n ")
        .append(quoted("__cofferdam_is_at '" + page.words() + "'"))
        .append(what);
    if (!description.isEmpty()) {
      out.append(" -d ").append(quoted(description));
    }
    out.append('\n');
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
