package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program of others that the benchmark makes use of.
 *
 * @param name the project's own name for itself
 * @param file the program's name
 * @param remedy how to get it
 */
record Program(String name, String file, String remedy) {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** {@return why it is missing, where it is} */
  String missing() {
    return "no " + file + " here (" + remedy + ")";
  }

  /** Looks for it, and asks it for its version. */
  Tool tool(SearchPath searchPath) throws InterruptedException {
    Optional<Path> path = searchPath.find(file);
    if (path.isEmpty()) {
      return new Tool(name, Optional.empty(), Optional.of(missing()));
    }
    try {
      return new Tool(name, Optional.of(version(path.get())), Optional.empty());
    } catch (IOException e) {
      return new Tool(
          name, Optional.empty(), Optional.of(path.get() + " does not run: " + e.getMessage()));
    }
  }

  /** The first line with a digit that it prints; not every program can be asked. */
  private static String version(Path program) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.add("--version");
    Finished finished = Finished.of(command, PATIENCE);
    return finished
        .output()
        .lines()
        .filter(line -> finished.status() == 0 && line.matches(".*\\d.*"))
        .map(String::strip)
        .findFirst()
        .orElse("unknown version");
  }

  /** {@return all of them, with what they say of themselves} */
  static List<Tool> tools(List<Program> programs, SearchPath searchPath)
      throws InterruptedException {
    var tools = new ArrayList<Tool>();
    for (Program program : programs) {
      tools.add(program.tool(searchPath));
    }
    return tools;
  }
}
