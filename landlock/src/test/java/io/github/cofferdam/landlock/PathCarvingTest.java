package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.landlock.Confined.Result;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PathCarvingTest {
  @TempDir private Path temporary;
  private Path root;

  /**
   * <pre>
   * work/  a/  key
   *        |   other
   *        b/  file
   *        link -> a/key
   *        file
   * </pre>
   */
  @BeforeEach
  void makeFiles() throws IOException {
    root = Files.createDirectory(temporary.toRealPath().resolve("work"));
    Files.createDirectory(root.resolve("a"));
    Files.createDirectory(root.resolve("b"));
    for (String name : List.of("a/key", "a/other", "b/file", "file")) {
      Files.writeString(root.resolve(name), name + "\n");
    }
    Files.createSymbolicLink(root.resolve("link"), root.resolve("a/key"));
  }

  private PathCarving carve(int limit, String... blocked) throws Exception {
    return PathCarving.of(
        new PathLookup().find(root).orElseThrow(),
        BlockedPaths.of(List.of(blocked).stream().map(root::resolve).toList(), List.of()),
        limit);
  }

  private Set<String> granted(String... blocked) throws Exception {
    return carve(10, blocked).found().stream()
        .map(found -> root.relativize(found.real()).toString())
        .collect(Collectors.toSet());
  }

  @Test
  void grantsTheNeighboursInstead() throws Exception {
    assertEquals(Set.of("a/other", "b", "file"), granted("a/key"));
    assertEquals(Set.of("b", "file"), granted("a"));
    assertEquals(Set.of("a/other", "file"), granted("a/key", "b"));
    assertEquals(Set.of(""), granted());
    assertEquals(Set.of(""), granted("../elsewhere"));
    // What a link leads to is blocked.
    assertEquals(Set.of("a/other", "b", "file"), granted("link"));
    // What is not there cannot be made there either.
    assertEquals(Set.of("a", "file"), granted("b/missing/deeper", "b/file"));
    assertEquals(Set.of("a", "b", "file"), granted("missing"));
    assertEquals(Set.of(), granted(""));
    assertEquals(Set.of(), granted(".."));
  }

  @Test
  void saysWhatItCosts() throws Exception {
    PathCarving carving = carve(10, "a/key");
    assertEquals(List.of(root, root.resolve("a")), carving.carved());
    List<String> warnings = carving.warnings();

    assertEquals(2, warnings.size());
    assertTrue(warnings.get(1).startsWith(root.resolve("a") + " itself is not granted"));
    assertTrue(warnings.get(0).contains("what is made there later stays closed"));
    assertTrue(warnings.get(0).contains("a mount namespace has no such limit"));
  }

  @Test
  void whatCannotBeEnforcedIsRefused() throws Exception {
    var tooMany = assertThrows(PathGrantException.class, () -> carve(2, "a/key"));
    assertEquals(Reason.TOO_MANY, tooMany.reason());
    assertEquals(root, tooMany.path());

    Files.createLink(root.resolve("b/second"), root.resolve("a/key"));
    var otherName = assertThrows(PathGrantException.class, () -> carve(10, "a/key"));
    assertEquals(Reason.OTHER_NAME, otherName.reason());
    assertTrue(otherName.toString().contains("the file has 2 names"));
  }

  @Test
  void whatIsUnblockedIsGrantedBeneathWhatIsBlocked() throws Exception {
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .read(root)
            .readWrite(root.resolve("a/other"))
            .readWrite(root.resolve("b"))
            .block(root.resolve("a"))
            .block(root.resolve("b"))
            .unblock(root.resolve("a/other"))
            .unblock(root.resolve("b"))
            .build();
    LandlockLayer layer = policy.on(Abi.V7);

    assertTrue(layer.explain(root.resolve("a/other"), FsRight.WRITE_FILE).allowed());
    assertFalse(layer.explain(root.resolve("a/key"), FsRight.READ_FILE).allowed());
    assertTrue(layer.explain(root.resolve("file"), FsRight.READ_FILE).allowed());
    // What is blocked itself stays so.
    assertFalse(layer.explain(root.resolve("b/file"), FsRight.READ_FILE).allowed());
    assertEquals(policy, policy.toBuilder().build());
    assertTrue(policy.toString().contains("unblock " + root.resolve("b")));
  }

  /** A directory that is not granted, a granted one on the same file system. */
  @Test
  void aFileWithAnotherNameIsNotBlockedByBeingElsewhere() throws Exception {
    Files.createLink(root.resolve("b/second"), root.resolve("a/key"));
    LandlockPolicy policy =
        LandlockPolicy.builder().read(root.resolve("b")).block(root.resolve("a/key")).build();

    var otherName = assertThrows(PathGrantException.class, () -> policy.on(Abi.V7));
    assertEquals(Reason.OTHER_NAME, otherName.reason());
    assertEquals(root.resolve("a/key"), otherName.path());
    // No name of it can be in another file system.
    LandlockPolicy.builder().read(Path.of("/proc")).block(root.resolve("a/key")).build().on(Abi.V7);
  }

  @Test
  void theLayerTellsWhatBecameOfIt() throws Exception {
    LandlockLayer layer =
        LandlockPolicy.builder().readWrite(root).block(root.resolve("a/key")).build().on(Abi.V7);

    assertEquals(3, layer.grants().size());
    assertTrue(layer.grants().stream().allMatch(grant -> grant.path().equals(root)));
    assertEquals(2, layer.warnings().size());
    assertFalse(layer.explain(root.resolve("a/key"), FsRight.READ_FILE).allowed());
    assertFalse(layer.explain(root.resolve("link"), FsRight.READ_FILE).allowed());
    assertTrue(layer.explain(root.resolve("a/other"), FsRight.READ_FILE).allowed());
    assertFalse(layer.explain(root.resolve("new"), FsRight.MAKE_REG).allowed());
    assertTrue(layer.explain(root.resolve("b/new"), FsRight.MAKE_REG).allowed());
  }

  @Test
  @Tag("kernel")
  void theBlockedPathStaysClosed() throws Exception {
    assumeTrue(Abi.current().version() > 0, "this kernel has no Landlock");
    LandlockPolicy policy =
        Confined.tools().readWriteExecute(root).block(root.resolve("a/key")).build();

    assertEquals(
        new Result(0, "a/other\nb/file\nnew\n"),
        Confined.sh(
            policy, "cat $1/a/other $1/b/file && echo new > $1/b/new && cat $1/b/new", root));
    for (String attempt :
        List.of(
            "cat $1/a/key",
            "cat $1/link",
            "echo x > $1/a/key",
            "ls $1/a",
            "mv $1/a $1/b/a",
            "mv $1/a/key $1/b/key",
            "ln $1/a/key $1/b/key",
            "rm $1/a/key",
            "mkdir $1/new")) {
      assertTrue(Confined.sh(policy, attempt, root).code() != 0, attempt);
    }
    assertEquals("a/key\n", Files.readString(root.resolve("a/key")));
  }
}
