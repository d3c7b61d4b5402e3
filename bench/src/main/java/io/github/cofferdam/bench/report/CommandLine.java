package io.github.cofferdam.bench.report;

import java.util.List;
import java.util.stream.Collectors;

/** A command line as it would be typed. */
final class CommandLine {
  private static final String PLAIN = "[\\p{L}\\p{N}@%+=:,./_-]+";

  private CommandLine() {}

  /** {@return the words, quoted where a shell needs that; a single one may be words of ours} */
  static String of(List<String> command) {
    return command.size() == 1
        ? command.getFirst()
        : command.stream().map(CommandLine::quote).collect(Collectors.joining(" "));
  }

  private static String quote(String word) {
    return word.matches(PLAIN) ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
