package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cofferdam generate}, for those who pack the command. */
class GenerationTest {
  @TempDir private Path folder;

  @Test
  void completionsArePrintedAsTheyAreWritten() throws Exception {
    GeneratedFiles.in(folder);
    for (String shell : List.of("bash", "zsh", "fish")) {
      String file =
          switch (shell) {
            case "bash" -> GeneratedFiles.BASH;
            case "zsh" -> GeneratedFiles.ZSH;
            default -> GeneratedFiles.FISH;
          };
      InProcess printed = InProcess.run("generate", "completion", shell);
      assertEquals(0, printed.status(), printed.err());
      assertEquals(Files.readString(folder.resolve(file)), printed.out());
    }
  }

  @Test
  void noHelpNamesIt() {
    assertFalse(InProcess.run("--help").out().contains("generate"));
  }

  @Test
  void whatItDoesNotKnowIsRefused() {
    for (List<String> words :
        List.of(
            List.of("generate"),
            List.of("generate", "completion"),
            List.of("generate", "completion", "csh"),
            List.of("generate", "man", "a"))) {
      InProcess refused = InProcess.run(words.toArray(String[]::new));
      assertEquals(125, refused.status());
      assertEquals("", refused.out());
      assertTrue(refused.err().startsWith("Usage: cofferdam generate "), refused.err());
    }
  }
}
