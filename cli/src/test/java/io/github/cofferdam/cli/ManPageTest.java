package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of the manual. */
class ManPageTest {
  @TempDir private Path folder;

  private Path pages = Path.of("/");

  @BeforeEach
  void generate() {
    GeneratedFiles.in(folder);
    pages = folder.resolve(GeneratedFiles.MANUAL);
  }

  private static String fileName(String command) {
    return ("cofferdam " + command).strip().replace(' ', '-') + ".1";
  }

  @Test
  void everyCommandHasOneWithItsOptions() throws Exception {
    var expected = new TreeSet<String>();
    for (Map.Entry<String, List<String>> command : GeneratedFiles.commands().entrySet()) {
      String name = fileName(command.getKey());
      expected.add(name);
      String text = Files.readString(pages.resolve(name));
      for (String option : command.getValue()) {
        assertTrue(text.contains("\\fB" + option.replace("-", "\\-") + "\\fR"), name + option);
      }
    }
    try (Stream<Path> files = Files.list(pages)) {
      assertEquals(
          expected, new TreeSet<>(files.map(file -> String.valueOf(file.getFileName())).toList()));
    }
  }

  @Test
  void groffHasNothingToSayAgainstThem() throws Exception {
    try (Stream<Path> files = Files.list(pages)) {
      for (Path page : files.sorted().toList()) {
        String said =
            GeneratedFiles.output(folder, "groff", "-man", "-Tutf8", "-ww", "-z", page.toString());
        assertEquals("", said);
      }
    }
  }

  /** Words that begin with a dot, backslashes and hyphens included. */
  @Test
  void whatIsReadIsWhatTheHelpSays() throws Exception {
    String text =
        GeneratedFiles.output(
                folder, "groff", "-man", "-Tascii", "-P-cbou", pages + "/cofferdam-run.1")
            .replaceAll("\\s+", " ");
    for (String words :
        List.of(
            "cofferdam-run - Runs a command confined, and exits as it does.",
            "cofferdam run [OPTIONS] [--] COMMAND [ARG]...",
            "--bind HOST:INSIDE[:rw]",
            "-t, --tty Give the command a terminal of its own.",
            "May not be used at all; *, ? and ** in it are understood.",
            "may be given several times: --preset, --ro, --rx, --rw, ",
            "EXIT STATUS the command's own; 128+n if signal n ended it; 124 if its time was over;",
            "SEE ALSO cofferdam(1), cofferdam-doctor(1)")) {
      assertTrue(text.contains(words), words + "\n" + text);
    }
  }
}
