package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command says of the benchmark what the benchmark says of itself, which it does not know. */
class BenchHelpTest {
  private static String ofTheCommand(String... words) throws Exception {
    Class<?> main = Class.forName("io.github.cofferdam.cli.Main");
    Method execute =
        main.getDeclaredMethod("execute", String[].class, PrintWriter.class, PrintWriter.class);
    execute.setAccessible(true);
    var out = new StringWriter();
    assertEquals(0, execute.invoke(null, words, new PrintWriter(out), new PrintWriter(out)));
    return out.toString();
  }

  private static String ofTheBenchmark(List<String> words) throws Exception {
    List<Path> classes = Repository.classes(List.of("bench"));
    assumeFalse(classes.isEmpty(), "bench is not built");
    URL[] path = {classes.getFirst().toUri().toURL()};
    try (var loader = new URLClassLoader(path, BenchHelpTest.class.getClassLoader())) {
      Method make =
          loader.loadClass("io.github.cofferdam.bench.BenchMain").getDeclaredMethod("commandLine");
      make.setAccessible(true);
      CommandLine line = (CommandLine) Objects.requireNonNull(make.invoke(null));
      for (String word : words) {
        line = Objects.requireNonNull(line.getSubcommands().get(word));
      }
      return line.getUsageMessage();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compare"})
  void bothSayTheSame(String subcommand) throws Exception {
    List<String> words = subcommand.isEmpty() ? List.of() : List.of(subcommand);
    var all = new ArrayList<String>(List.of("bench"));
    all.addAll(words);
    all.add("--help");
    assertEquals(ofTheBenchmark(words), ofTheCommand(all.toArray(String[]::new)));
  }
}
