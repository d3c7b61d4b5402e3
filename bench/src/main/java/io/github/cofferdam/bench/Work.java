package io.github.cofferdam.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * Something that people really run, ready to be run again and again with the same effect.
 *
 * @param name for people
 * @param argv begins with the path of the program
 * @param directory where it runs
 */
record Work(String name, List<String> argv, Path directory) {
  Work {
    argv = List.copyOf(argv);
  }
}
