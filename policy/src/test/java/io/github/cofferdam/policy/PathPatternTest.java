package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.OsText;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a path of a policy may look like, and what its names match. */
class PathPatternTest {
  private static final Path BASE = Path.of("/base");

  private static boolean matches(String pattern, String name) {
    List<PathName> names = PathPattern.parse(pattern).names();
    assertEquals(1, names.size(), pattern);
    return names.getFirst().matches(OsText.encode(name));
  }

  @ParameterizedTest
  @CsvSource({
    "*.key, a.key",
    "*.key, .key",
    "*, .hidden",
    "*, x",
    "a*b*c, aXbYbZc",
    "a*, a",
    "*a*a*a*, aaa",
    "id_?sa, id_rsa",
    "?, \u00e9",
    "??, \u00e9x",
    "?, \ud83d\ude00",
    "?, \udcff",
    "?\\xa9, \udcc3\udca9x",
    "caf\\xc3*, caf\u00e9",
    "caf\\xff?, caf\udcffx",
    "a***b, ab",
    "\\**, *x",
    "\\[a\\], [a]",
    "[ab], [ab]",
  })
  void matchesWhatIsMeant(String pattern, String name) {
    if (pattern.equals("?\\xa9")) {
      // Two bytes that are one character: the wildcard takes both, and nothing is left.
      assertEquals(false, matches(pattern, "\u00e9"));
    } else {
      assertTrue(matches(pattern, name));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "*.key, a.keys",
    "*.key, key",
    "a*, b",
    "?, ab",
    "?, ''",
    "??, \u00e9",
    "\\*, x",
    "\\?, x",
    "[ab], a",
    "a*b*c, acb",
  })
  void matchesNothingElse(String pattern, String name) {
    assertEquals(false, matches(pattern, name));
  }

  @Test
  void manyWildcardsDoNotTakeForever() {
    assertEquals(false, matches("*a".repeat(1000) + "b", "a".repeat(255)));
  }

  @ParameterizedTest
  @CsvSource({
    "/a\\*b, /a*b",
    "a\\\\b, /base/a\\b",
    "/caf\\xff, /caf\udcff",
    "/caf\\xc3\\xa9, /caf\u00e9",
    "/caf\\xC3\\xA9, /caf\u00e9",
    "/caf\udcff, /caf\udcff",
    "/new\\x0aline, '/new\nline'",
    "\\~root, /base/~root",
    "\\$\\{x, /base/${x",
    "/a\\/b, /a/b",
    "/\u00e9/../x, /x",
  })
  void escapesAreTaken(String text, String path) {
    assertEquals(path, OsText.of(PolicyPath.resolve(text, BASE, Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\\",
        "a\\n",
        "a\\x",
        "a\\x1",
        "a\\xg1",
        "a\\x00",
        "a\\x2f",
        "\\1",
        "a\\ b",
        "\\\u00e9"
      })
  void whatABackslashCannotMeanIsRefused(String text) {
    for (boolean denied : new boolean[] {false, true}) {
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> {
                if (denied) {
                  PolicyPath.checkBlocked(text);
                } else {
                  PolicyPath.check(text);
                }
              });
      assertTrue(String.valueOf(e.getMessage()).contains("\\x"), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "/a/*.key", "a/?", "**/x", "~/*"})
  void patternsAreForDenyListsOnly(String text) {
    PolicyPath.checkBlocked(text);

    var e = assertThrows(IllegalArgumentException.class, () -> PolicyPath.check(text));

    assertTrue(String.valueOf(e.getMessage()).contains("filesystem.blocked only"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"*/..", "a/*/../b", "**/.."})
  void nothingGoesBackFromAPattern(String text) {
    assertThrows(IllegalArgumentException.class, () -> PolicyPath.checkBlocked(text));
  }

  @Test
  void noPathIsLongerThanThePathsOfTheKernel() {
    PolicyPath.check("a".repeat(4095));
    assertThrows(IllegalArgumentException.class, () -> PolicyPath.check("a".repeat(4096)));
    assertThrows(IllegalArgumentException.class, () -> PolicyPath.checkBlocked("?".repeat(4096)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a*b?c",
        "/a\\b",
        "/caf\udcff",
        "/\u00e9",
        "/a\nb\u202e",
        "/${x}",
        "/[a]",
        "/~",
        "/ ",
        "/\ud83d\ude00"
      })
  void everyPathHasAText(String path) {
    String text = PolicyPath.of(OsText.path(path));

    assertEquals(path, OsText.of(PolicyPath.resolve(text, BASE, Optional.empty())));
    assertEquals(text, PolicyPath.canonical(text));
  }

  @Test
  void aRelativePathThatBeginsWithATildeHasATextToo() {
    String text = PolicyPath.of(Path.of("~x"));
    assertEquals(Path.of("/base/~x"), PolicyPath.resolve(text, BASE, Optional.empty()));
  }
}
