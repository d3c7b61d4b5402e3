package io.github.cofferdam.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/** A script for bash that completes the command. */
final class BashCompletion {
  private static final String HEAD =
      """
      # bash completion for cofferdam; made by: cofferdam generate completion bash

      """;

  private static final String TAIL =
      """

      # The words up to the cursor, put together again where bash takes = and : for ends of words.
      _cofferdam_split() {
        local rest=${COMP_LINE:0:COMP_POINT} i
        words=()
        places=()
        for ((i = 0; i <= COMP_CWORD; i++)); do
          if [ $i = 0 ] || [[ $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            words+=('')
            places+=("$i")
          fi
          if [ $i = "$COMP_CWORD" ]; then
            words[${#words[@]} - 1]+=$rest
          else
            words[${#words[@]} - 1]+=${COMP_WORDS[i]}
            rest=${rest#"${COMP_WORDS[i]}"}
          fi
        done
      }

      _cofferdam() {
        local words places commands options values at=cofferdam helps='' option='' value i
        COMPREPLY=()
        _cofferdam_split
        local last=$((${#words[@]} - 1))
        local current=${words[last]}
        for ((i = 1; i < last; i++)); do
          local word=${words[i]}
          if [ -n "$option" ]; then
            option=''
            continue
          fi
          _cofferdam_words "$at"
          if [ "$at" = 'cofferdam run' ] && { [ "$word" = -- ] || [[ $word != -* ]]; }; then
            [ "$word" != -- ] || i=$((i + 1))
            _cofferdam_program "$i" "$current"
            return
          fi
          case $word in
            --*=*) ;;
            -*) ! _cofferdam_values "$at" "$word" || option=$word ;;
            help) [ "$at" = cofferdam ] && helps=1 ;;
            *) [[ " $commands " != *" $word "* ]] || at="$at $word" ;;
          esac
        done
        value=$current
        if [ -z "$option" ] && [[ $current == --*=* ]]; then
          option=${current%%=*}
          value=${current#*=}
        fi
        if [ -n "$option" ]; then
          _cofferdam_values "$at" "$option" && _cofferdam_offer "$values" "$value" "$current"
          return
        fi
        _cofferdam_words "$at"
        if [ -n "$helps" ]; then
          mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
        elif [[ $current == -* ]]; then
          mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        elif [ -n "$commands" ]; then
          mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
        elif [ "$at" = 'cofferdam run' ]; then
          _cofferdam_program "$last" "$current"
        elif _cofferdam_values "$at" ''; then
          _cofferdam_offer "$values" "$current" "$current"
        fi
      }

      # What is run, and its arguments: as if it stood there alone.
      _cofferdam_program() {
        local i=$1
        if ((i >= ${#words[@]} - 1)); then
          compopt -o filenames 2>/dev/null
          mapfile -t COMPREPLY < <(compgen -c -- "$2"; compgen -d -- "$2")
        elif declare -F _comp_command_offset >/dev/null; then
          _comp_command_offset "${places[i]}"
        elif declare -F _command_offset >/dev/null; then
          _command_offset "${places[i]}"
        else
          _cofferdam_offer -files "$2" "$2"
        fi
      }

      # What a value can be, the part of it that is there, and the word that it stands in.
      _cofferdam_offer() {
        local before=${3%"$2"}
        # Bash puts what it gets in place of what is behind the last = only.
        [[ $COMP_WORDBREAKS != *=* ]] || before=''
        case $1 in
          -files)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -P "$before" -f -- "$2")
            ;;
          -directories)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -P "$before" -d -- "$2")
            ;;
          *)
            [[ $1 != *= ]] || compopt -o nospace 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "$2")
            ;;
        esac
      }

      complete -F _cofferdam cofferdam
      """;

  private final List<CommandPage> pages;
  private final StringBuilder out = new StringBuilder();

  private BashCompletion(List<CommandPage> pages) {
    this.pages = pages;
  }

  static String of(List<CommandPage> pages) {
    return new BashCompletion(pages).text();
  }

  private String text() {
    out.append(HEAD);
    out.append("# The commands below a command, and its options.\n");
    out.append("_cofferdam_words() {\n  commands='' options=''\n  case $1 in\n");
    for (CommandPage page : pages) {
      String options =
          page.options().stream()
              .flatMap(option -> Stream.of(option.names()))
              .collect(Collectors.joining(" "));
      out.append("    '").append(page.words()).append("')\n");
      if (!page.subcommands().isEmpty()) {
        out.append("      commands='")
            .append(String.join(" ", page.subcommands().keySet()))
            .append("'\n");
      }
      out.append("      options='").append(options).append("'\n      ;;\n");
    }
    out.append("  esac\n}\n\n");
    out.append("# What the value of an option, or an argument, can be; fails if there is none.\n");
    out.append("_cofferdam_values() {\n  values=''\n  case \"$1 $2\" in\n");
    for (CommandPage page : pages) {
      for (OptionSpec option : page.options()) {
        if (OptionValues.has(option)) {
          String pattern =
              Stream.of(option.names())
                  .map(name -> "'" + page.words() + " " + name + "'")
                  .collect(Collectors.joining(" | "));
          values(pattern, OptionValues.of(option));
        }
      }
      if (!page.arguments().isEmpty() && !page.explainsCommands() && !page.startsCommands()) {
        values("'" + page.words() + " '", OptionValues.of(page.arguments().getFirst()));
      }
    }
    out.append("    *) return 1 ;;\n  esac\n}\n");
    return out.append(TAIL).toString();
  }

  private void values(String pattern, OptionValues values) {
    String all =
        values.files()
            ? "-files"
            : values.directories() ? "-directories" : String.join(" ", values.words());
    out.append("    ").append(pattern).append(") values='").append(all).append("' ;;\n");
  }
}
