package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
class PrivateTempTest {

  @Test
  void eachIsItsOwnAndClosedToOthers() throws Exception {
    var open = new ArrayList<PrivateTemp>();
    var paths = new HashSet<Path>();
    try {
      for (int i = 0; i < 20; i++) {
        PrivateTemp temp = PrivateTemp.create();
        open.add(temp);
        assertTrue(paths.add(temp.path()));
        assertEquals(
            "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.path())));
        assertEquals(temp.path(), temp.path().toRealPath());
      }
    } finally {
      for (PrivateTemp temp : open) {
        temp.close();
      }
    }
    for (Path path : paths) {
      assertFalse(Files.exists(path));
    }
  }

  @Test
  void closingTwiceDoesNotTouchAnothersDirectory() throws Exception {
    PrivateTemp temp = PrivateTemp.create();
    temp.close();
    Files.createDirectory(temp.path());
    try {
      temp.close();
      assertTrue(Files.exists(temp.path()));
    } finally {
      Files.delete(temp.path());
    }
  }

  /** Names as the removal itself makes them, in paths long enough that it has to. */
  @Test
  void removalIsNotConfusedByNames(@TempDir Path outside) throws Exception {
    Path victim = Files.writeString(outside.resolve("victim"), "kept");
    PrivateTemp temp = PrivateTemp.create();
    for (String name : List.of("0", "2", "4")) {
      Files.writeString(Files.createDirectory(temp.path().resolve(name)).resolve("0"), "");
    }
    Files.createSymbolicLink(temp.path().resolve("1"), outside);
    Files.createSymbolicLink(temp.path().resolve("3"), temp.path());
    for (String top : List.of("a", "b")) {
      Path deep = temp.path().resolve(top);
      for (int i = 0; i < 6; i++) {
        deep = deep.resolve(top.repeat(250));
        Files.createDirectories(deep.resolve("0"));
        Files.createSymbolicLink(deep.resolve("1"), outside);
      }
    }

    temp.close();

    assertFalse(Files.exists(temp.path(), LinkOption.NOFOLLOW_LINKS));
    assertEquals("kept", Files.readString(victim));
  }
}
