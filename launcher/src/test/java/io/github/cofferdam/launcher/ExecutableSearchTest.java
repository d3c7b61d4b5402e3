package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutableSearchTest {
  @TempDir private Path directory;
  private Path first;
  private Path second;

  @BeforeEach
  void makeFiles() throws IOException {
    first = Files.createDirectory(directory.resolve("first"));
    second = Files.createDirectory(directory.resolve("second"));
    Files.createFile(first.resolve("both"));
    Files.createFile(second.resolve("both"));
    Files.createFile(second.resolve("one"));
    Files.createFile(directory.resolve("here"));
    Files.createDirectory(first.resolve("folder"));
  }

  private List<String> search(String name, String path) {
    return ExecutableSearch.candidates(name, Map.of("PATH", path), directory);
  }

  @Test
  void everyEntryIsACandidateInOrder() throws Exception {
    assertEquals(
        List.of(first + "/both", second + "/both"), search("both", first + ":/none:" + second));
    assertEquals(List.of(second + "/one"), search("one", first + ":" + second));
    assertEquals(List.of("second/both"), search("both", "second"));
  }

  @ParameterizedTest
  @ValueSource(strings = {":/none", "/none:", "/none::/none", ""})
  void anEmptyEntryIsTheWorkingDirectory(String path) throws Exception {
    assertEquals(List.of("./here"), search("here", path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/x", "./x", "a/b", "x/"})
  void aNameWithASlashIsNotSearched(String name) throws Exception {
    assertEquals(List.of(name), search(name, first.toString()));
  }

  @Test
  void withoutPathTheSystemsIsUsed() throws Exception {
    List<String> found = ExecutableSearch.candidates("sh", Map.of(), directory);

    assertEquals("/bin/sh", found.getFirst());
  }

  @Test
  void directoriesAreNoCommands() {
    assertEquals(List.of(), search("folder", first.toString()));
  }

  @Test
  void anEmptyNameIsNoCommand() {
    assertEquals(List.of(), search("", "/bin"));
  }
}
