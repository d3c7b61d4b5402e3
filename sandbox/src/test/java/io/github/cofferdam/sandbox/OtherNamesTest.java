package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.cofferdam.policy.Isolation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * A directory with two names, {@code m} and {@code bm}, and beneath one of them something else than
 * beneath the other: a rule of Landlock is on the directory.
 */
@Tag("kernel")
class OtherNamesTest {
  private static final String TWO = "mkdir -p $1/m/x $1/bm && mount --bind $1/m $1/bm && ";

  /** A file system that is mounted beneath one name. */
  private static final String MOUNTED =
      TWO + "mount -t tmpfs none $1/m/x && mkdir $1/m/x/y && echo hidden > $1/m/x/y/file";

  /** What is covered beneath the other. */
  private static final String COVERED =
      "mkdir -p $1/m/x/y && echo hidden > $1/m/x/y/file && " + TWO + "mount -t tmpfs none $1/bm/x";

  private static final String LOOK = "cat $1/m/x/y/*";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path base = Path.of("/");
  private Path hidden = Path.of("/");

  @BeforeEach
  void makeFiles() throws Exception {
    base = temporary.toRealPath();
    hidden = base.resolve("m/x/y/file");
    Files.createDirectories(base.resolve("open"));
    Files.writeString(base.resolve("open/file"), "opened\n");
  }

  private String run(String mounts, Isolation isolation, String script, String... policy)
      throws Exception {
    assumeAvailable(isolation);
    var arguments = new ArrayList<String>();
    arguments.add(isolation.name());
    arguments.add(base.resolve("open").toString());
    arguments.add(script.replace("$1", base.toString()));
    for (String entry : policy) {
      arguments.add(entry.replace("$1", base.toString()));
    }
    return MountedHost.run(base, mounts, LOOK, arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @EachIsolation
  void whatIsBlockedIsNotReachedByTheOtherName(Isolation isolation) throws Exception {
    for (String mounts : List.of(MOUNTED, COVERED)) {
      for (String blocked : List.of("$1/m/x", "$1/m/x/y", hidden.toString())) {
        String output =
            run(
                mounts,
                isolation,
                "cat " + hidden + " && echo REACHED; cat $1/open/file",
                "tools=$1",
                "blocked=" + blocked);

        assertFalse(output.contains("REACHED"), output);
        assertTrue(output.contains("denied\nopened"), output);
      }
    }
  }

  /** The root directory of a file system is one on the way to all that is mounted on it. */
  @ParameterizedTest
  @EachIsolation
  void nothingBlockedIsReachedByTheRootsOtherName(Isolation isolation) throws Exception {
    String output =
        run(
            "mkdir -p $1/m/x $1/root && mount --rbind / $1/root && mount -t tmpfs none $1/m/x &&"
                + " mkdir $1/m/x/y && echo hidden > $1/m/x/y/file",
            isolation,
            "cat " + hidden + " && echo REACHED; cat $1/open/file",
            "tools=$1",
            "blocked=$1/m/x");

    assertFalse(output.contains("REACHED"), output);
    assertTrue(output.contains("denied\nopened"), output);
  }

  private static void assertNoHarm(Isolation isolation, String output) {
    assertFalse(output.contains("REACHED"), output);
    assertTrue(output.contains("hidden"), output);
    if (isolation == Isolation.BASIC) {
      assertTrue(output.contains("other name"), output);
      assertTrue(output.contains("isolation = namespace"), output);
    } else {
      assertTrue(output.contains("FILESYSTEM ENFORCED"), output);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aWorkspaceLetsNothingBeWrittenByItsOtherName(Isolation isolation) throws Exception {
    for (String mounts : List.of(MOUNTED, COVERED)) {
      String output =
          run(mounts, isolation, "echo REACHED > " + hidden, "tools=$1", "workspace=$1/bm");

      assertNoHarm(isolation, output);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aListLetsNothingBeReadByItsOtherName(Isolation isolation) throws Exception {
    for (String mounts : List.of(MOUNTED, COVERED)) {
      String output =
          run(mounts, isolation, "cat " + hidden + " && echo REACHED", "tools=$1/open", "ro=$1/bm");

      assertNoHarm(isolation, output);
    }
  }

  /** Not required, it is said. */
  @Test
  void whatIsReachedIsReported() throws Exception {
    String output =
        run(
            MOUNTED,
            Isolation.BASIC,
            "cat " + hidden + " && echo REACHED",
            "tools=$1/open",
            "ro=$1/bm",
            "FILESYSTEM=PREFER");

    assertTrue(output.contains("REACHED"), output);
    assertTrue(output.contains("FILESYSTEM PARTIAL: " + base + "/m/x can be read"), output);
  }

  @ParameterizedTest
  @EachIsolation
  void noLogIsWrittenByAnotherName(Isolation isolation) throws Exception {
    for (String mounts : List.of(MOUNTED, COVERED)) {
      String output =
          run(
              mounts,
              isolation,
              ": > $1/m/x/y/log",
              "tools=$1",
              "workspace=$1/bm",
              "log=$1/m/x/y/log",
              "FILESYSTEM=PREFER",
              "VIRTUAL_MACHINE=PREFER");

      assumeFalse(
          output.contains("NoClassDefFoundError"), "this user cannot read the JSON library");
      assertTrue(
          output.contains("\"event\":\"run.refused\"")
              || output.contains("\"event\":\"run.start\""),
          output);
      if (isolation == Isolation.BASIC) {
        assertTrue(output.contains("where the command may write"), output);
      }
    }
  }

  /** Everyday mounts: the same beneath both names, or something that may be used as well. */
  @Test
  void nothingIsRefusedThatIsGrantedAnyway() throws Exception {
    for (String mounts :
        List.of(
            "mkdir -p $1/m/x/y $1/bm && mount -t tmpfs none $1/m/x && mkdir $1/m/x/y &&"
                + " echo hidden > $1/m/x/y/file && mount --rbind $1/m $1/bm",
            "mkdir -p $1/m/x/y $1/bm && echo hidden > $1/m/x/y/file && mount --bind $1/m $1/bm",
            "mkdir -p $1/m/x/y $1/bm/b && echo hidden > $1/m/x/y/file &&"
                + " mount -t tmpfs none $1/bm/b")) {
      String output =
          run(mounts, Isolation.BASIC, "cat $1/open/file", "tools=$1", "workspace=$1/bm");

      assertTrue(output.contains("opened"), output);
      assertTrue(output.contains("FILESYSTEM ENFORCED"), output);
    }
    String output = run(MOUNTED, Isolation.BASIC, "cat $1/m/x/y/file", "tools=$1", "ro=$1/bm/x");
    assertTrue(output.contains("FILESYSTEM ENFORCED"), output);
    output = run(MOUNTED, Isolation.BASIC, "cat $1/m/x/y/file", "mode=READONLY");
    assertTrue(output.contains("FILESYSTEM ENFORCED"), output);
  }
}
