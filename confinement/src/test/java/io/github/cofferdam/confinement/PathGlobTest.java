package io.github.cofferdam.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.policy.PathPattern;
import io.github.cofferdam.policy.PolicyPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the patterns of a deny list find. */
@Tag("kernel")
class PathGlobTest {
  @TempDir private Path directory;
  private Path root = Path.of("/");

  @BeforeEach
  void makeATree() throws IOException {
    root = directory.toRealPath();
    for (String file :
        List.of(
            "a.key",
            ".b.key",
            "c.txt",
            "d/e.key",
            "d/.f/g.key",
            "d/h.key/inside.key",
            "i/j/k/l.key",
            "outside/m.key")) {
      Path path = root.resolve(file);
      Files.createDirectories(path.resolveSibling("x").getParent());
      Files.writeString(path, "");
    }
    Files.createSymbolicLink(root.resolve("i/link"), Path.of("../outside"));
    Files.createSymbolicLink(root.resolve("i/link.key"), Path.of("../c.txt"));
  }

  private List<String> find(String pattern) throws Refusal {
    return find(new PathGlob(List.of()), pattern);
  }

  private List<String> find(PathGlob glob, String text) throws Refusal {
    PathPattern pattern = PolicyPath.read(text);
    var names = new ArrayList<String>();
    for (Path path : glob.find(text, pattern.beginning(root), pattern.rest())) {
      names.add(OsText.of(root.relativize(path)));
    }
    return names;
  }

  @Test
  void aStarIsForNamesOfOneDirectoryDotsIncluded() throws Exception {
    assertEquals(List.of(".b.key", "a.key"), find("*.key"));
    assertEquals(List.of("d/e.key", "d/h.key"), find("*/*.key").subList(0, 2));
    assertEquals(List.of("a.key", "c.txt"), find("?.???"));
  }

  @Test
  void twoStarsAreForAnyDepthAndWhatMatchesIsNotSearched() throws Exception {
    assertEquals(
        List.of(
            ".b.key",
            "a.key",
            "d/.f/g.key",
            "d/e.key",
            "d/h.key",
            "i/j/k/l.key",
            "i/link.key",
            "outside/m.key"),
        find("**/*.key"));
    assertEquals(List.of("i/j/k/l.key"), find("i/**/k/*.key"));
    assertEquals(List.of("i/j/k/l.key"), find("**/j/**/l.key"));
    assertEquals(List.of("i/j", "i/link", "i/link.key"), find("i/**"));
  }

  /** The most specific path decides, so what matches inside of a grant counts again. */
  @Test
  void whatIsGrantedInsideOfAMatchIsSearched() throws Exception {
    Files.writeString(root.resolve("d/h.key/second.key"), "");
    var glob = new PathGlob(List.of(root.resolve("d/h.key/inside.key"), root.resolve("c.txt")));
    assertEquals(
        List.of("d/e.key", "d/h.key", "d/h.key/inside.key", "d/h.key/second.key"),
        find(glob, "d/**/?*.key").stream().filter(name -> !name.contains("/.f")).toList());
  }

  @Test
  void noLinkIsFollowed() throws Exception {
    assertEquals(List.of("i/link.key"), find("i/*.key"));
    assertEquals(List.of(), find("i/*/m.key"));
    assertEquals(List.of(), find("*/link/m.key"));
  }

  @Test
  void namesBehindAPatternAreLookedUpWhereTheyAre() throws Exception {
    assertEquals(List.of("i/j/k"), find("*/j/k"));
    assertEquals(List.of(), find("*/nothing/k"));
  }

  @Test
  void bytesThatAreNoTextMatch() throws Exception {
    Files.writeString(root.resolve(OsText.path("caf\udcff.pem")), "");
    assertEquals(List.of("caf\udcff.pem"), find("*.pem"));
    assertEquals(List.of("caf\udcff.pem"), find("caf?.pem"));
    assertEquals(List.of("caf\udcff.pem"), find("c*\\xff.p*"));
  }

  @Test
  void tooManyEntriesAreRefused() {
    var e =
        assertThrows(Refusal.class, () -> find(new PathGlob(List.of(), 8, () -> 0), "**/*.key"));
    assertTrue(Text.of(e).contains("takes too long: 8 entries"), Text.of(e));
    assertTrue(Text.of(e).contains("\"**/*.key\""), Text.of(e));
  }

  @Test
  void theBoundIsForAllPatternsTogether() throws Exception {
    var glob = new PathGlob(List.of(), 11, () -> 0);
    assertEquals(2, find(glob, "*.key").size());
    assertThrows(Refusal.class, () -> find(glob, "*.pem"));
  }

  @Test
  void tooMuchTimeIsRefused() {
    var clock = new AtomicLong();
    var glob = new PathGlob(List.of(), 1000, () -> clock.getAndAdd(1_000_000_000));
    var e = assertThrows(Refusal.class, () -> find(glob, "**/*.key"));
    assertTrue(Text.of(e).contains("takes too long"), Text.of(e));
  }

  @Test
  void tooManyMatchesAreRefused() throws Exception {
    for (int i = 0; i <= 1000; i++) {
      Files.writeString(root.resolve("d/" + i + ".many"), "");
    }
    var e = assertThrows(Refusal.class, () -> find("d/*.many"));
    assertTrue(Text.of(e).contains("more than 1000"), Text.of(e));
  }

  /** A run before this one may have closed it, and a run may open it again. */
  @Test
  void aDirectoryOfOnesOwnThatCannotBeListedIsClosedAsAWhole() throws Exception {
    assumeTrue(
        Files.getAttribute(root, "unix:uid") instanceof Integer uid && uid != 0, "root sees all");
    for (String mode : List.of("---------", "--x------")) {
      Path closed = root.resolve("d/.f");
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString(mode));
      try {
        var glob = new PathGlob(List.of());
        assertEquals(List.of("d/.f", "d/e.key", "d/h.key"), find(glob, "d/**/*.key"));
        assertEquals(1, glob.unlisted().size());
      } finally {
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }

  @Test
  void whatIsDeeperThanAPathCanSayIsRefused() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3");
    Process deep =
        new ProcessBuilder(
                "/usr/bin/python3",
                "-Ic",
                "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(30):\n  os.mkdir('n'*200)\n"
                    + "  os.chdir('n'*200)",
                root.toString())
            .inheritIO()
            .start();
    assertEquals(0, deep.waitFor());
    try {
      var e = assertThrows(Refusal.class, () -> find("**/*.pem"));
      assertTrue(Text.of(e).contains("ENAMETOOLONG"), Text.of(e));
    } finally {
      assertEquals(
          0, new ProcessBuilder("rm", "-r", root + "/" + "n".repeat(200)).start().waitFor());
    }
  }
}
