package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.MountInfo.Inner;
import io.github.cofferdam.bindings.MountInfo.Mount;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountInfoTest {
  private final MountInfo mounts =
      MountInfo.parse(
          """
          1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw
          2 1 8:2 / /home rw - ext4 /dev/sda2 rw
          3 1 8:2 /user/work /srv/my\\040work rw - ext4 /dev/sda2 rw
          4 1 8:2 /user/work/key/deep /opt/deep rw - ext4 /dev/sda2 rw
          5 1 0:5 / /proc rw - proc proc rw
          6 1 0:4 net:[4026531840] /run/net rw - nsfs nsfs rw
          7 1 0:7 / /cover rw - tmpfs tmpfs rw
          8 1 8:2 /user /cover/hidden rw - ext4 /dev/sda2 rw
          9 7 0:9 / /cover/top rw - tmpfs tmpfs rw
          10 9 0:10 / /cover/top rw - ramfs ramfs rw
          11 1 0:11 / /merged rw - overlay overlay rw,lowerdir=/lower\\134:x:/var/lower,upperdir=/up
          """);

  private static List<Path> paths(String... paths) {
    return List.of(paths).stream().map(Path::of).toList();
  }

  private List<Path> others(String path) {
    return mounts.otherPlaces(Path.of(path));
  }

  @Test
  void aPathIsOnTheMountThatIsSeenThere() {
    assertEquals(1, mounts.on(Path.of("/srv")).orElseThrow().id());
    assertEquals(2, mounts.on(Path.of("/home/user")).orElseThrow().id());
    assertEquals(3, mounts.on(Path.of("/srv/my work/x")).orElseThrow().id());
    assertEquals(10, mounts.on(Path.of("/cover/top")).orElseThrow().id());
    assertEquals(7, mounts.on(Path.of("/cover/hidden")).orElseThrow().id());
  }

  @Test
  void theSameAndPartsOfItAreFoundByTheirOtherNames() {
    assertEquals(paths("/srv/my work/key", "/opt/deep"), others("/home/user/work/key"));
    assertEquals(paths("/home/user/work/key", "/opt/deep"), others("/srv/my work/key"));
    assertEquals(
        paths("/home/user/work/key/deep/x", "/srv/my work/key/deep/x"), others("/opt/deep/x"));
    assertEquals(paths("/srv/my work", "/opt/deep"), others("/home/user"));
    assertEquals(List.of(), others("/home/other"));
    assertEquals(List.of(), others("/etc"));
  }

  @Test
  void theVerySameDirectoryByItsOtherNames() {
    assertEquals(paths("/srv/my work/key"), mounts.otherNames(Path.of("/home/user/work/key")));
    assertEquals(
        paths("/home/user/work/key/deep", "/srv/my work/key/deep"),
        mounts.otherNames(Path.of("/opt/deep")));
    assertEquals(paths(), mounts.otherNames(Path.of("/home/user")));
    assertEquals(paths(), mounts.otherNames(Path.of("/var/lower")));
  }

  @Test
  void whatIsMountedInADirectory() {
    assertEquals(
        paths("/cover/top"), mounts.within(Path.of("/cover")).stream().map(Mount::point).toList());
    assertEquals(List.of(), mounts.within(Path.of("/cover/top")));
    assertEquals(7, mounts.within(Path.of("/")).size());
  }

  @Test
  void anOverlayShowsWhatItIsMadeOf() {
    assertEquals(paths("/merged/file"), others("/var/lower/file"));
    assertEquals(paths("/merged/file"), others("/lower:x/file"));
    assertEquals(paths("/merged"), others("/up"));
  }

  @Test
  void whatIsMountedInADirectoryAndElsewhere() {
    assertEquals(
        List.of(
            new Inner(Path.of("/opt/deep"), Path.of("/home/user/work/key/deep")),
            new Inner(Path.of("/opt/deep"), Path.of("/srv/my work/key/deep"))),
        mounts.innerMounts(Path.of("/opt")));
    assertEquals(List.of(), mounts.innerMounts(Path.of("/cover")));
    assertEquals(List.of(), mounts.innerMounts(Path.of("/opt/deep")));
  }

  @Test
  void fileSystemsAreSeenInPlaces() {
    Path key = Path.of("/home/user/work/key");

    assertTrue(mounts.shows(Path.of("/srv"), key));
    assertTrue(mounts.shows(Path.of("/opt/deep/down"), key));
    assertTrue(mounts.shows(Path.of("/"), key));
    assertFalse(mounts.shows(Path.of("/etc"), key));
    assertFalse(mounts.shows(Path.of("/cover"), key));
  }

  @Test
  void bytesOfAPathAreKept() {
    MountInfo odd =
        MountInfo.parse("1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /\u00ff\\012x rw - ext4 b rw\n");
    Path point = odd.mounts().get(1).point();

    assertEquals("/\udcff\nx", OsText.of(point));
    assertEquals(point, OsText.path("/\udcff\nx"));
  }
}
