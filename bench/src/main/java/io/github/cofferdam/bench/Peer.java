package io.github.cofferdam.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A program of others that runs commands confined.
 *
 * @param label short, for tables
 * @param program the program
 * @param lines how to call it
 */
record Peer(String label, Program program, Lines lines) {
  /** Command lines that differ in what they ask of the host; the first one that works is taken. */
  interface Lines {
    List<List<String>> of(String program, Place place);
  }

  /**
   * What is run, and where.
   *
   * @param target the program that is to be run confined
   * @param folder for what the peer keeps, and with bundles for container engines
   */
  record Place(Path target, Path folder) {
    String in(String name) {
      return folder.resolve(name).toString();
    }

    /** {@return whether root runs it, who may do what others do in a user namespace only} */
    boolean root() {
      return Ids.user() == 0;
    }
  }

  /** Looks for a command line that works here. */
  Commands.Tried tryOut(SearchPath searchPath, Place place) throws InterruptedException {
    Optional<Path> path = searchPath.find(program.file());
    return path.isEmpty()
        ? new Commands.Tried(
            lines.of(program.file(), place).getFirst(), Optional.of(program.missing()))
        : Commands.tryOut(lines.of(path.get().toString(), place));
  }
}
