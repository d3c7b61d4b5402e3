package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a measurement may leave nothing of: files, processes and threads. */
final class Traces {
  private final Set<String> files = files();
  private final Set<Long> children = children();

  private static Set<String> files() {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith(TemporaryFolder.PREFIX))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Set<Long> children() {
    return ProcessHandle.current()
        .children()
        .map(ProcessHandle::pid)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("starter-") || name.startsWith("cofferdam-bench"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Compares with what there was when this was made. */
  void assertNothingLeft() {
    assertEquals(children, children(), "processes");
    assertEquals(Set.of(), threads(), "threads");
    Set<String> left = files();
    left.removeAll(files);
    assertTrue(left.isEmpty(), () -> "files: " + left);
  }
}
