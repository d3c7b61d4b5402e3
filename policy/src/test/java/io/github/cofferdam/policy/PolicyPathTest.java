package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.OsText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyPathTest {
  private static final Path BASE = Path.of("/base/dir");
  private static final Optional<Path> HOME = Optional.of(Path.of("/home/u"));

  @ParameterizedTest
  @CsvSource({
    "/a, /a",
    "/, /",
    "/a/../b/./c, /b/c",
    "/../.., /",
    "., /base/dir",
    "x, /base/dir/x",
    "../x, /base/x",
    "~, /home/u",
    "~/, /home/u",
    "~/x, /home/u/x",
    "~//x, /home/u/x",
    "~/../v, /home/v",
    "./~x, /base/dir/~x",
    "a~/b, /base/dir/a~/b",
    "$HOME, /base/dir/$HOME",
  })
  void resolves(String text, String path) {
    assertEquals(Path.of(path), PolicyPath.resolve(text, BASE, HOME));
  }

  @ParameterizedTest
  @CsvSource({
    "a?, a",
    "/a/b?, /a/b",
    "'a\\?', 'a\\?'",
    "'a\\\\?', 'a\\\\'",
    "'a\\??', 'a\\?'",
    "a??, a?",
    "?, ?",
    "a?b, a?b",
    "a, a",
  })
  void aQuestionMarkAtTheEndOfAGrant(String text, String granted) {
    assertEquals(granted, PolicyPath.granted(text));
    assertEquals(!granted.equals(text), PolicyPath.isOptional(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "~root", "~root/x", "${HOME}/x", "/a\0b", "/a\nb", "/a\u202Eb", "/\uD800"})
  void refuses(String text) {
    assertThrows(IllegalArgumentException.class, () -> PolicyPath.resolve(text, BASE, HOME));
  }

  @Test
  void doesNotResolveSymbolicLinks(@TempDir Path directory) throws Exception {
    Path target = Files.createDirectory(directory.resolve("target"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);

    assertEquals(link, PolicyPath.resolve("link", directory, HOME));
    assertEquals(directory.resolve("x"), PolicyPath.resolve("link/../x", directory, HOME));
  }

  @Test
  void needsAHomeOnlyForTilde() {
    assertEquals(Path.of("/a"), PolicyPath.resolve("/a", BASE, Optional.empty()));

    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> PolicyPath.resolve("~/x", BASE, Optional.empty()));
    assertEquals(
        "the path \"~/x\" needs a home directory, and the password database has none for this"
            + " user; write the path in full",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?", "home/u", "/home/\0u"})
  void theJvmsWordsForNoHomeAreNoHome(String property) {
    assertEquals(Optional.empty(), PolicyPath.home(property));
  }

  @Test
  void theHomeComesFromTheSystemAndNotFromTheEnvironment() {
    assertEquals(PolicyPath.home(System.getProperty("user.home")), PolicyPath.home());
    assertEquals(Optional.of(Path.of("/home/u")), PolicyPath.home("/home/u"));
  }

  @Test
  void theHomeHasTheBytesOfThePasswordDatabase() {
    String file = "root:x:0:0::/root:/bin/sh\nu:x:1000:1000:,,:/home/caf\udce9:/bin/sh\n+::::::\n";
    assertEquals(Optional.of(OsText.path("/home/caf\udce9")), PasswordDatabase.home(file, 1000));
    assertEquals(Optional.of(Path.of("/root")), PasswordDatabase.home(file, 0));
    assertEquals(Optional.empty(), PasswordDatabase.home(file, 100));
  }

  @Test
  void theBaseIsAbsolute() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> PolicyPath.resolve("x", Path.of("rel"), HOME));
    assertTrue(String.valueOf(e.getMessage()).contains("not absolute"), e.getMessage());
  }
}
