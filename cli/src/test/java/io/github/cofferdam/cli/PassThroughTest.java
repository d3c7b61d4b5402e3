package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams, arguments and variables reach the command byte for byte, and come back so. */
@Tag("kernel")
class PassThroughTest {
  @TempDir private Path directory;

  private static final int MEGABYTE = 1 << 20;

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A virtual machine cannot pass every byte to a program it starts; a shell can. */
  private static ProcessBuilder throughBash(String prefix, String arguments) {
    var words = new ArrayList<>(List.of("bash", "-c", prefix + " \"$@\" run " + arguments, "bash"));
    words.addAll(Cofferdam.words());
    return new ProcessBuilder(words);
  }

  @Test
  void streamsPassByteForByte() {
    byte[] input = new byte[MEGABYTE];
    new Random(20_250_101).nextBytes(input);
    Cofferdam.Result result =
        Cofferdam.run(Cofferdam.shell("tee /dev/fd/2; exit 3"), input).expect(3);
    assertArrayEquals(input, result.bytes());
    assertArrayEquals(input, result.errorBytes());
  }

  @Test
  void argumentsPassByteForByte() {
    Cofferdam.Result result =
        Cofferdam.run(
                throughBash(
                    "exec",
                    "-- printf '<%s>' a '' $'two\\nlines\\n' $'\\xff\\xfe\\x80' $'\\xed\\xa0\\x80'"
                        + " $'gr\\xc3\\xbcn' -- --mode=x @/etc/passwd '*'"))
            .expect(0);
    assertArrayEquals(
        latin1(
            "<a><><two\nlines\n><\u00ff\u00fe\u0080><\u00ed\u00a0\u0080><gr\u00c3\u00bcn>"
                + "<--><--mode=x><@/etc/passwd><*>"),
        result.bytes());
  }

  @Test
  void variablesPassByteForByte() {
    Cofferdam.Result result =
        Cofferdam.run(
                throughBash(
                    "export BYTES=$'\\xff\\n\\xc3' EMPTY= ; exec",
                    "-- sh -c 'printf \"<%s><%s>\" \"$BYTES\" \"${EMPTY-unset}\"'"))
            .expect(0);
    assertArrayEquals(latin1("<\u00ff\n\u00c3><>"), result.bytes());
  }

  @Test
  void secretsStayOutUnlessNamed() {
    ProcessBuilder builder =
        Cofferdam.shell(
            "env", "--env", "GITHUB_TOKEN", "--env", "ADDED=x=y", "--env", "PLAIN=replaced");
    builder.environment().put("AWS_SECRET_ACCESS_KEY", "leak-1");
    builder.environment().put("GITHUB_TOKEN", "wanted");
    builder.environment().put("LD_PRELOAD_TEST", "harmless");
    builder.environment().put("PLAIN", "old");
    List<String> variables = Cofferdam.run(builder).expect(0).out().lines().toList();
    assertFalse(variables.toString().contains("leak-1"), variables::toString);
    assertTrue(variables.contains("GITHUB_TOKEN=wanted"), variables::toString);
    assertTrue(variables.contains("ADDED=x=y"), variables::toString);
    assertTrue(variables.contains("PLAIN=replaced"), variables::toString);
  }

  /** Names, never values, and nothing where a run prints what its command prints. */
  @Test
  void whatIsNotPassedOnIsNamed() throws Exception {
    Path report = directory.resolve("report.json");
    for (String option : List.of("--dry-run", "--report=" + report)) {
      ProcessBuilder builder = Cofferdam.shell("env", option);
      builder.environment().put("MY_KEY_1", "leak-2");
      builder.environment().put("PLAIN", "http://user:leak-3@host/");
      Cofferdam.Result result = Cofferdam.run(builder).expect(0);
      boolean dry = option.equals("--dry-run");
      String named = dry ? result.out() : Files.readString(report);
      for (String name : List.of("MY_KEY_1", "PLAIN")) {
        assertTrue(
            named.contains(dry ? "environment: not passed on: " + name : "\"" + name + "\""),
            named);
        assertEquals(dry, result.out().contains(name), result::out);
      }
      assertFalse((named + result.out()).contains("leak"), named);
      assertEquals("", result.err());
    }
  }

  @Test
  void onlyTheStandardStreamsAreOpen() {
    // Descriptor 3 is ls's own, on the directory that it lists.
    Cofferdam.Result result =
        Cofferdam.run(throughBash("exec 7</etc/passwd; exec", "-- ls /proc/self/fd"));
    assertEquals(List.of("0", "1", "2", "3"), result.expect(0).out().lines().toList());
  }

  @Test
  void limitsHoldInTheCommand() {
    Cofferdam.Result result =
        Cofferdam.run(Cofferdam.shell("ulimit -n; ulimit -Hn", "--limit", "open_files=32"));
    assertEquals("32\n32\n", result.expect(0).out());
  }

  /** Files of the command are no more open than this user's, and never writable for others. */
  @ParameterizedTest
  @CsvSource({"000,0022", "022,0022", "002,0022", "027,0027", "077,0077"})
  void theFileModeMaskIsNeverLooser(String own, String inside) {
    Cofferdam.Result result =
        Cofferdam.run(throughBash("umask " + own + "; exec", "-- sh -c umask"));
    assertEquals(inside, result.expect(0).out().strip());
  }
}
