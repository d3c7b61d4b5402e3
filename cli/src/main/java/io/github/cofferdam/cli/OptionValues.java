package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Preset;
import io.github.cofferdam.policy.SeccompSettings;
import io.github.cofferdam.policy.StreamKind;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.rlimit.Resource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What a shell can offer as the value of an option. Not part of the options themselves: a start of
 * the command has no use for it.
 *
 * @param words the words that it can be, if they are few
 * @param files whether it can be a file
 * @param directories whether it can be a directory, and no file
 * @param goesOn whether more has to follow, without a space
 */
record OptionValues(List<String> words, boolean files, boolean directories, boolean goesOn) {
  private static final Set<String> FILES =
      Set.of("FILE", "PATH", "PATTERN", "HOST:INSIDE[:rw]", "OLD", "NEW");
  private static final OptionValues NONE = new OptionValues(List.of(), false, false, false);

  static OptionValues of(ArgSpec argument) {
    List<String> words =
        argument instanceof OptionSpec option ? words(option.longestName()) : List.of();
    String label = argument.paramLabel();
    if (!words.isEmpty()) {
      return new OptionValues(words, false, false, label.startsWith("NAME="));
    }
    return FILES.contains(label)
        ? new OptionValues(List.of(), true, false, false)
        : label.equals("DIR") ? new OptionValues(List.of(), false, true, false) : NONE;
  }

  /** Whether an option has a value at all. */
  static boolean has(OptionSpec option) {
    return option.arity().max() > 0;
  }

  private static List<String> words(String option) {
    return switch (option) {
      case "--mode" -> keys(Mode.values(), Mode::key);
      case "--net" -> keys(Network.Access.values(), access -> lower(access.name()));
      case "--enforcement" -> keys(Enforcement.Level.values(), Enforcement.Level::key);
      case "--isolation" -> keys(Isolation.values(), Isolation::key);
      case "--allow-stream" -> keys(StreamKind.values(), StreamKind::key);
      case "--preset" -> keys(Preset.values(), Preset::key);
      case "--seccomp" -> SeccompSettings.NAMES;
      case "--arch" -> keys(Arch.values(), arch -> lower(arch.name()));
      case "--limit" ->
          Stream.concat(
                  keys(TreeLimit.values(), TreeLimit::key).stream(),
                  keys(Resource.values(), Resource::key).stream())
              .map(name -> name + "=")
              .toList();
      default -> List.of();
    };
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static <E> List<String> keys(E[] values, Function<E, String> key) {
    return Stream.of(values).map(key).toList();
  }
}
