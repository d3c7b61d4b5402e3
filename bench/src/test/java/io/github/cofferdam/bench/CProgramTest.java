package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
class CProgramTest {
  private static final SearchPath SEARCH_PATH = SearchPath.ofEnvironment();

  @TempDir private Path folder;

  private CProgram spawn(String... command) throws Exception {
    assumeTrue(SEARCH_PATH.find("gcc").isPresent(), CProgram.COMPILER::missing);
    return CProgram.start(SEARCH_PATH, "spawn", folder, List.of(command)).orElseThrow();
  }

  @Test
  void eachQuestionIsOneStart() throws Exception {
    Path log = folder.resolve("log");
    try (CProgram spawn = spawn("/bin/sh", "-c", "echo started >>" + log)) {
      for (int i = 1; i <= 3; i++) {
        long[] answer = spawn.ask();
        assertEquals(2, answer.length);
        assertTrue(answer[0] > 0, () -> "nanoseconds " + answer[0]);
        assertTrue(answer[1] >= 0, () -> "nanoseconds of processor time " + answer[1]);
        assertEquals(i, Files.readAllLines(log).size());
      }
    }
  }

  /** Neither what it reads nor what it says is an answer. */
  @Test
  void theCommandHasNoPartInTheConversation() throws Exception {
    try (CProgram spawn =
        spawn("/bin/sh", "-c", "read line && exit 1; test ! -e /proc/self/fd/3")) {
      spawn.ask();
      assertEquals(2, spawn.ask().length);
    }
  }

  @Test
  void aCommandThatFailsEndsIt() throws Exception {
    try (CProgram spawn = spawn("/bin/false")) {
      assertThrows(IOException.class, spawn::ask);
    }
  }

  @Test
  void withoutACompilerThereIsNone() throws Exception {
    assertEquals(
        Optional.empty(), CProgram.start(SearchPath.of(""), "spawn", folder, List.of("x")));
    assertFalse(Files.exists(folder.resolve("spawn.c")));
  }
}
