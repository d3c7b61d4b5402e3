package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Saving by a new file that takes the old one's name, where one file alone is granted. */
@Tag("kernel")
class SavedBesideTest {
  @TempDir private Path directory;
  private Path notes = Path.of("");

  @BeforeEach
  void writeNotes() throws IOException {
    notes = Files.writeString(directory.resolve("notes.txt"), "old\n");
  }

  private Cofferdam.Result run(List<String> options, String script) {
    var words = new ArrayList<>(List.of("run"));
    words.addAll(options);
    words.addAll(List.of("--", "sh", "-c", script, "sh", notes.toString()));
    return Cofferdam.run(words.toArray(String[]::new));
  }

  private static List<String> hints(Cofferdam.Result result) {
    return result
        .err()
        .lines()
        .filter(line -> line.startsWith("cofferdam: ") && line.contains("by a new file"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "basic|sed -i s/old/new/ \"$1\"",
        "basic|echo new >\"$1.tmp\" && mv \"$1.tmp\" \"$1\"",
        "basic|echo new >\"$TMPDIR/new\" && mv \"$TMPDIR/new\" \"$1\"",
        "namespace|sed -i s/old/new/ \"$1\"",
        "namespace|echo new >\"$1.tmp\" && mv \"$1.tmp\" \"$1\"",
        "namespace|echo new >\"$TMPDIR/new\" && mv \"$TMPDIR/new\" \"$1\""
      })
  void aFailureSaysWhatToGrant(String isolation, String script) throws Exception {
    Cofferdam.Result trial = Cofferdam.run("run", "--isolation", isolation, "--", "true");
    assumeTrue(trial.status() == 0, trial::err);
    Cofferdam.Result result =
        run(List.of("--isolation", isolation, "--rw", notes.toString()), script);
    assertNotEquals(0, result.status(), result.err());
    assertEquals("old\n", Files.readString(notes));
    List<String> hints = hints(result);
    assertEquals(1, hints.size(), result.err());
    String hint = hints.getFirst();
    assertTrue(hint.contains("lets " + notes + " be written"), hint);
    assertTrue(hint.contains("grant the directory: --rw " + directory + ","), hint);

    // What it says is what helps.
    run(List.of("--isolation", isolation, "--rw", directory.toString()), script).expect(0);
    assertEquals("new\n", Files.readString(notes));
  }

  @Test
  void aPolicyFileIsMeantAsWell() throws Exception {
    Path policy =
        Files.writeString(
            directory.resolve("policy.toml"),
            "[sandbox]\nworkspace = '%s'\n[filesystem]\nread_write = ['notes.txt']\n"
                .formatted(directory));
    List<String> hints = hints(run(List.of("--policy", policy.toString()), "exit 3").expect(3));
    assertTrue(
        hints.stream().anyMatch(hint -> hint.contains("lets " + notes + " be written")),
        hints::toString);
  }

  @Test
  void severalFilesAreOneLine() throws Exception {
    Path more = Files.writeString(directory.resolve("more.txt"), "old\n");
    List<String> hints =
        hints(run(List.of("--rw", notes.toString(), "--rw", more.toString()), "exit 1").expect(1));
    assertEquals(1, hints.size(), hints::toString);
    assertTrue(hints.getFirst().contains(notes + " (and 1 more like it) be"), hints::toString);
  }

  /** Where that cannot be the reason, nothing is said. */
  @ParameterizedTest
  @ValueSource(strings = {"exit 0", "echo new >\"$1\"; exit 1", "kill -9 $$"})
  void otherEndingsSayNothing(String script) {
    Cofferdam.Result result = run(List.of("--rw", notes.toString()), script);
    assertEquals(List.of(), hints(result));
  }

  @Test
  void whereTheDirectoryIsGrantedNothingIsSaid() {
    String file = notes.toString();
    String folder = directory.toString();
    for (List<String> options :
        List.of(
            List.of("--rw", file, "--rw", folder),
            List.of("--mode", "workspace-write", "--workspace", folder, "--rw", file),
            List.of("--ro", file, "--rx", "/"),
            List.of("--rw", folder))) {
      Cofferdam.Result result = run(options, "exit 1").expect(1);
      assertEquals(List.of(), hints(result), options::toString);
    }
  }
}
