package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Names that are not text, or that the locale's encoding does not know: what is said of them holds,
 * whatever the locale.
 */
@Tag("kernel")
class OtherLocaleTest {
  /** A byte that is no UTF-8, and a letter that no ASCII has. */
  private static final String NAME = "caf\u00e9\u00c3\u00bc";

  private static final String PREPARE =
      """
      set -e
      cd "$DIRECTORY"
      n=$'caf\\xe9\\xc3\\xbc'
      mkdir -p "$n/.ssh"
      printf secret > "$n/.ssh/id"
      printf public > "$n/open"
      cd "$n"
      # Not all that may be read: others make files in /tmp while a test runs.
      o=(--ro "$PWD" --rx /usr)
      for d in /bin /lib /lib64; do [ ! -e $d ] || o+=(--rx $d); done
      """;

  @TempDir private Path directory;

  @BeforeEach
  void requireBash() {
    assumeTrue(Path.of("/bin/bash").toFile().canExecute(), "no bash");
  }

  /** Runs a script in a directory of that name; {@code cofferdam} is a function in it. */
  private Cofferdam.Result bash(String locale, String script) {
    var words =
        new ArrayList<>(
            List.of(
                "/bin/bash",
                "-c",
                PREPARE
                    + "java=(\"$@\")\ncofferdam() { \"${java[@]}\" \"$@\"; }\nset +e\n"
                    + script,
                "bash"));
    words.addAll(Cofferdam.words());
    var builder = new ProcessBuilder(words);
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    if (!locale.isEmpty()) {
      builder.environment().put("LC_ALL", locale);
    }
    builder.environment().put("DIRECTORY", directory.toString());
    builder.environment().put("HOME", directory.toString());
    return Cofferdam.run(builder);
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void assertClosed(Cofferdam.Result result) {
    result.expect(1);
    assertFalse(result.out().contains("secret"), result.out());
    assertTrue(
        result.err().contains("denied") || result.err().contains("No such file"), result.err());
    assertFalse(result.err().contains(".ssh/id is not there"), result.err());
  }

  @ParameterizedTest
  @CsvSource({"'', basic", "C, namespace", "C.UTF-8, basic", "C.UTF-8, namespace"})
  void argumentsBlockWhatTheyName(String locale, String isolation) {
    assertClosed(
        bash(
            locale,
            "cofferdam run --isolation "
                + isolation
                + " \"${o[@]}\" --block \"$DIRECTORY/$n/.ssh\" -- cat .ssh/id"));
    assertClosed(
        bash(
            locale,
            "cd ..; cofferdam run --isolation "
                + isolation
                + " \"${o[@]}\" --block 'caf\\xe9?/.s*' -- cat \"$n/.ssh/id\""));
  }

  @ParameterizedTest
  @CsvSource({"'', namespace", "C.UTF-8, basic"})
  void policyFilesBlockWhatTheyName(String locale, String isolation) {
    assertClosed(
        bash(
            locale,
            "printf '%s\\n' '[filesystem]' \"blocked = ['../caf\\\\xe9\\\\xc3\\\\xbc/.ssh']\" >"
                + " \"$n\"\n"
                + "cofferdam policy check \"$n\" > checked || exit 9\n"
                + "cofferdam run --policy \"$n\" --isolation "
                + isolation
                + " \"${o[@]}\" -- cat .ssh/id"));
  }

  @ParameterizedTest
  @CsvSource({"'', basic", "C.UTF-8, namespace"})
  void bothHomesAreBlocked(String locale, String isolation) {
    assertClosed(
        bash(
            locale,
            "export HOME=$PWD; cofferdam run --isolation "
                + isolation
                + " \"${o[@]}\" --block '~/.ssh' -- cat .ssh/id"));
  }

  @ParameterizedTest
  @CsvSource({"'', basic", "C, namespace", "C.UTF-8, basic"})
  void theWorkingDirectoryIsWhereItIs(String locale, String isolation) {
    Cofferdam.Result result =
        bash(
            locale,
            "cofferdam run --mode workspace-write --isolation "
                + isolation
                + " -- sh -c 'pwd -P; echo \"$PWD\"; echo made > made' && cat made");
    result.expect(0);
    String where = result.out().isEmpty() ? "" : latin1(result.bytes());
    String[] lines = where.split("\n", -1);
    assertTrue(lines[0].endsWith("/" + NAME), where);
    assertEquals(lines[0], lines[1]);
    assertEquals("made", lines[2]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "C.UTF-8"})
  void logsReportsGrantsAndBindsGoWhereTheyAreSent(String locale) {
    Cofferdam.Result result =
        bash(
            locale,
            """
            mkdir "$n" "../log$n"
            cofferdam run "${o[@]}" --rw "$n" --audit "../log$n/a" --report "../log$n/r" -- \\
              sh -c 'printf 1 > "$1/x"' sh "$n" || exit 7
            cofferdam run --isolation namespace --bind "$n:/tmp/$n" -- sh -c 'cat "$1/x"' sh "/tmp/$n" || exit 8
            ls "../log$n" | tr '\\n' ' '
            """);
    assertEquals("1a r ", result.expect(0).out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "C.UTF-8"})
  void messagesSpellThemOut(String locale) {
    Cofferdam.Result result =
        bash(locale, "cofferdam run \"${o[@]}\" --isolation namespace --block \"none$n\" -- true");
    assertTrue(result.expect(0).err().contains("none" + "caf\\xe9\u00fc"), result.err());
    assertTrue(result.err().contains("is not there"), result.err());

    result = bash(locale, "cofferdam run --ro \"none$n\" -- true");
    assertTrue(result.expect(125).err().contains("there is no "), result.err());
    assertTrue(result.err().contains("nonecaf\\xe9\u00fc"), result.err());
  }
}
