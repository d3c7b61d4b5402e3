package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.Inside.sh;
import static io.github.cofferdam.namespaces.Inside.tools;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.namespaces.Inside.Result;
import io.github.cofferdam.namespaces.RootLayout.Piece;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is closed inside of what is open, what is open inside of that, and whether it stays so. */
@Tag("kernel")
class RootCoversTest {
  /** Not in {@code /tmp}, which a sandbox does not see. */
  private Path work;

  private Path key;
  private String mountsBefore;
  private final List<Made> made = new ArrayList<>();

  @BeforeAll
  static void needNamespaces() throws Exception {
    Inside.assumeAvailable();
  }

  /**
   * <pre>
   * work/  a/  b/  key
   *        |   open/  file
   *        file
   * </pre>
   */
  @BeforeEach
  void makeFiles() throws IOException {
    mountsBefore = Files.readString(Path.of("/proc/self/mountinfo"));
    work = Files.createTempDirectory(Path.of("/var/tmp").toRealPath(), "cofferdam-test-");
    key = work.resolve("a/b/key");
    Files.createDirectories(work.resolve("a/b"));
    Files.createDirectories(work.resolve("a/open"));
    Files.writeString(key, "secret\n");
    Files.writeString(work.resolve("a/open/file"), "open\n");
    Files.writeString(work.resolve("file"), "mine\n");
  }

  @AfterEach
  void removeFiles() throws IOException {
    made.forEach(Made::close);
    assertEquals(mountsBefore, Files.readString(Path.of("/proc/self/mountinfo")));
    try (var all = Files.walk(work)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private Made make(RootFilesystem.Builder root, Way way) throws IOException {
    var one = new Made(root.build(), way, Inside.namespaces());
    made.add(one);
    return one;
  }

  private static void assertPrints(String expected, Result result) {
    assertEquals(new Result(0, expected), result);
  }

  private static void assertDenied(String expected, Result result) {
    assertTrue(result.code() != 0, result::toString);
    assertTrue(result.output().contains(expected), result::toString);
  }

  /** All of {@code work} is writable, by each kind of root. */
  private List<RootFilesystem.Builder> writable() {
    return List.of(
        tools().bind(BindMount.writable(work, work)),
        RootFilesystem.host().bind(BindMount.writable(work, work)),
        RootFilesystem.unchanged());
  }

  private BindMount own(String name, boolean writable) {
    return new BindMount(work.resolve(name), work.resolve(name), writable);
  }

  // ---------------------------------------------------------------- names that have to stay

  @ParameterizedTest
  @EnumSource
  void noDirectoryAboveWhatIsBlockedCanBeRenamedOrReplaced(Way way) throws Exception {
    for (RootFilesystem.Builder builder : writable()) {
      Made root = make(builder.block(key), way);

      assertDenied("busy", sh(root, "mv -T $1/a $1/moved", work));
      assertDenied("busy", sh(root, "mv -T $1/a/b $1/a/moved", work));
      assertDenied("busy", sh(root, "mkdir $1/a/new; mv -T $1/a/new $1/a/b", work));
      assertDenied("busy", sh(root, "rmdir $1/a/b", work));
      // Neither by the name that it has elsewhere.
      assertDenied("busy", sh(root, "cd $1/a && mv -T ../a/b ../a/c", work));
      assertDenied("Permission denied", sh(root, "cat $1", key));
      assertPrints("", sh(root, "rmdir $1/a/new; mv -T $1/a/open $1/a/moved", work));
      assertPrints("", sh(root, "mv -T $1/a/moved $1/a/open; touch $1/a/b/other", work));
      Files.delete(work.resolve("a/b/other"));
      assertEquals("secret\n", Files.readString(key));
    }
  }

  @ParameterizedTest
  @EnumSource
  void norByAnotherBindOfTheSame(Way way) throws Exception {
    Path elsewhere = Path.of("/data");
    Made root =
        make(
            tools()
                .bind(BindMount.writable(work, work))
                .bind(BindMount.writable(work, elsewhere))
                .block(key),
            way);

    assertDenied("Permission denied", sh(root, "cat /data/a/b/key"));
    assertDenied("busy", sh(root, "mv /data/a /data/moved"));
    assertDenied("busy", sh(root, "mv /data/a/b /data/a/moved"));
    assertEquals("secret\n", Files.readString(key));
  }

  // ---------------------------------------------------------------- the deepest path decides

  @ParameterizedTest
  @EnumSource
  void whatIsBoundInsideOfWhatIsBlockedIsThereAndNothingElse(Way way) throws Exception {
    for (RootFilesystem.Builder builder :
        List.of(tools().bind(BindMount.writable(work, work)), RootFilesystem.host())) {
      Made root = make(builder.block(work.resolve("a")).bind(own("a/open", true)), way);

      assertPrints("open\n", sh(root, "cat $1/a/open/file", work));
      assertPrints("", sh(root, "echo new > $1/a/open/new && rm $1/a/open/new", work));
      assertDenied("Permission denied", sh(root, "ls $1/a", work));
      assertDenied("No such file", sh(root, "cat $1/a/b/key", work));
      assertDenied("Read-only", sh(root, "mkdir $1/a/new", work));
      assertDenied("Read-only", sh(root, "chmod 777 $1/a", work));
      assertDenied("", sh(root, "mv -T $1/a/open $1/a/moved", work));
      assertDenied("", sh(root, "mv -T $1/a $1/moved", work));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsBlockedInsideOfThatIsClosedAgain(Way way) throws Exception {
    Files.createDirectory(work.resolve("a/open/deep"));
    Files.writeString(work.resolve("a/open/deep/key"), "secret\n");
    Made root =
        make(
            RootFilesystem.host()
                .bind(BindMount.writable(work, work))
                .block(work.resolve("a"))
                .bind(own("a/open", true))
                .bind(own("a/b/key", false))
                .block(work.resolve("a/open/deep/key")),
            way);

    assertPrints("open\n", sh(root, "cat $1/a/open/file", work));
    assertPrints("secret\n", sh(root, "cat $1/a/b/key", work));
    assertDenied("Permission denied", sh(root, "ls $1/a/b", work));
    assertDenied("Permission denied", sh(root, "cat $1/a/open/deep/key", work));
    assertDenied("busy", sh(root, "mv -T $1/a/open/deep $1/a/open/other", work));
  }

  @ParameterizedTest
  @EnumSource
  void aReadOnlyBindInsideOfAWritableOneIsReadOnlyAndStaysWhereItIs(Way way) throws Exception {
    Path script = Files.writeString(work.resolve("a/open/script"), "#!/bin/sh\necho ran\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (RootFilesystem.Builder builder :
        List.of(
            tools().bind(BindMount.writable(work, work)),
            RootFilesystem.host().bind(BindMount.writable(work, work)),
            RootFilesystem.host().writable(true))) {
      Made root = make(builder.bind(own("a/open", false)), way);

      assertPrints("open\nran\n", sh(root, "cat $1/a/open/file; $1/a/open/script", work));
      assertDenied("Read-only", sh(root, "echo no > $1/a/open/file", work));
      assertDenied("Read-only", sh(root, "rm -f $1/a/open/file", work));
      assertDenied("Read-only", sh(root, "chmod 700 $1/a/open", work));
      assertDenied("busy", sh(root, "mv -T $1/a/open $1/a/other", work));
      assertDenied("busy", sh(root, "mv -T $1/a $1/other", work));
      assertPrints("", sh(root, "echo new > $1/a/new && rm $1/a/new", work));
    }
    Made root =
        make(
            tools()
                .bind(BindMount.writable(work, work))
                .bind(own("a/open", false).withExecutable(false)),
            way);
    assertDenied("Permission denied", sh(root, "$1/a/open/script", work));
    assertDenied("", sh(root, "cp /bin/true $1/true; $1/true && ls $1/a/open/none", work));
    Files.delete(work.resolve("true"));
    assertEquals("open\n", Files.readString(work.resolve("a/open/file")));
  }

  // ---------------------------------------------------------------- what is the sandbox's own

  @ParameterizedTest
  @EnumSource
  void whatTheSandboxHasOfItsOwnIsCoveredToo(Way way) throws Exception {
    for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
      Made root =
          make(
              builder
                  .block(Path.of("/proc"))
                  .block(Path.of("/dev/shm"))
                  .block(Path.of("/dev/pts"))
                  .block(Path.of("/dev/urandom"))
                  .block(Path.of("/tmp")),
              way);

      for (String path : List.of("/proc", "/dev/shm", "/dev/pts", "/tmp")) {
        assertDenied("Permission denied", sh(root, "ls $1", path));
        assertDenied("", sh(root, "touch $1/new", path));
      }
      assertDenied("", sh(root, "cat /proc/self/status"));
      assertDenied("Permission denied", sh(root, "head -c 1 /dev/urandom"));
      assertPrints("", sh(root, "echo > /dev/null"));
    }
    for (String file : List.of("/proc/version", "/proc/sys")) {
      Made root = make(tools().block(Path.of(file)), way);

      assertDenied("Permission denied", sh(root, "test -d $1 && ls $1 || cat $1", file));
      assertPrints("1\n", sh(root, "ls /proc | grep '^1$'"));
    }
    Made devices = make(tools().block(Path.of("/dev")).block(Path.of("/usr/bin/id")), way);
    assertDenied("Permission denied", sh(devices, "ls /dev"));
    assertDenied("ermission denied", sh(devices, "/usr/bin/id"));
  }

  // ---------------------------------------------------------------- all kinds of files

  @ParameterizedTest
  @EnumSource
  void filesOfAllKindsAndNamesAreClosed(Way way) throws Exception {
    Path pipe = work.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Path odd = Files.writeString(work.resolve("two\nlines \\ and \"more\""), "secret\n");
    Path socket = work.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      for (RootFilesystem.Builder builder : writable()) {
        Made root = make(builder.block(pipe).block(odd).block(socket), way);

        for (Path path : List.of(pipe, odd, socket)) {
          assertDenied("Permission denied", sh(root, "cat \"$1\"", path));
          assertDenied("busy", sh(root, "rm -f \"$1\"", path));
        }
      }
    }
  }

  // ---------------------------------------------------------------- what is said of it

  @Test
  void whatIsClosedIsSaidAndWhatIsNotWithTheReason() throws Exception {
    RootFilesystem root =
        RootFilesystem.host().block(key).block(work.resolve("missing")).block(Path.of("/")).build();
    assertEquals(Set.of(key), root.plan().closed());
    assertEquals(Set.of(Path.of("/")), root.plan().open().keySet());
    assertTrue(root.plan().open().toString().contains("the root directory"));

    Path other = Files.createLink(work.resolve("other"), key);
    assertEquals(Set.of(), root.plan().closed());
    String reason = String.valueOf(root.plan().open().get(key));
    assertTrue(reason.contains("the file has 2 names"), reason);
    // Where nothing of its file system can be seen, nobody finds the other.
    assertEquals(Map.of(), tools().block(Path.of("/proc/version")).build().plan().open());
    Files.delete(other);
    Path link = Files.createSymbolicLink(work.resolve("link"), Path.of("nowhere"));
    assertTrue(
        RootFilesystem.host().block(link).build().plan().open().toString().contains("symbolic"));
  }

  @Test
  void aTemplateIsOutOfDateWhenABlockedFileGetsAnotherName() throws Exception {
    assumeTrue(MountApi.ofHost() == MountApi.TREES, "no templates before Linux 5.12");
    RootFilesystem root = tools().bind(BindMount.writable(work, work)).block(key).build();
    try (NamespaceTemplate template =
        NamespaceTemplate.create(Inside.namespaces(), Set.of(), root, java.util.Optional.empty())) {
      assertEquals(Set.of(key), template.closed());
      assertTrue(template.isCurrent());
      Files.createLink(work.resolve("other"), key);
      assertFalse(template.isCurrent());
    }
  }

  private static List<String> describe(RootLayout layout) {
    return layout.pieces().stream()
        .map(piece -> piece.getClass().getSimpleName() + " " + piece.inside())
        .toList();
  }

  @Test
  void whatIsMountedElsewhereIsCoveredThereToo() throws Exception {
    // As if a were mounted on other, and other on third.
    Files.createDirectories(work.resolve("other/b"));
    Files.createDirectories(work.resolve("third"));
    Files.createFile(work.resolve("third/key"));
    Files.createFile(work.resolve("other/b/key"));
    String text =
        """
        1 0 8:1 / / rw - ext4 /dev/sda1 rw
        2 1 8:1 %1$s/a %1$s/other rw - ext4 /dev/sda1 rw
        3 1 8:1 %1$s/a/b %1$s/third rw - ext4 /dev/sda1 rw
        """
            .formatted(work);
    RootFilesystem root =
        RootFilesystem.host().bind(BindMount.writable(work, work)).block(key).build();

    RootLayout layout = RootLayout.of(root.parts(), () -> MountInfo.parse(text));

    assertEquals(
        List.of(
                "Bound " + work,
                "Pin " + work.resolve("other"),
                "Pin " + work.resolve("third"),
                "Pin " + work.resolve("a"),
                "Cover " + work.resolve("third/key"),
                "Pin " + work.resolve("other/b"),
                "Pin " + work.resolve("a/b"),
                "Cover " + work.resolve("other/b/key"),
                "Cover " + key)
            .stream()
            .sorted()
            .toList(),
        describe(layout).stream().sorted().toList());
    assertEquals(Set.of(key), layout.closed());
    // One that is mounted within what is blocked is not covered, since it may be anything.
    RootLayout inner =
        RootLayout.of(
            RootFilesystem.host().block(work.resolve("third")).build().parts(),
            () ->
                MountInfo.parse(
                    text.replace(" 8:1 " + work + "/a/b ", " 8:1 /usr ")
                        .replace("/third rw", "/third/usr rw")));
    assertTrue(inner.open().toString().contains("is also at /usr"), inner.open()::toString);
  }

  /** What is granted in what a mount shows of it is not granted in what is blocked. */
  @Test
  void whatIsBoundInWhatIsMountedElsewhereIsCovered() throws Exception {
    Files.createDirectories(work.resolve("other/open"));
    String text =
        """
        1 0 8:1 / / rw - ext4 /dev/sda1 rw
        2 1 8:1 %1$s/a %1$s/other rw - ext4 /dev/sda1 rw
        """
            .formatted(work);
    RootFilesystem.Builder root =
        RootFilesystem.host()
            .bind(own("a/open", true))
            .bind(own("other/open", true))
            .block(work.resolve("a"));

    RootLayout layout = RootLayout.of(root.build().parts(), () -> MountInfo.parse(text));

    assertEquals(
        List.of(
            "Cover " + work.resolve("a"),
            "Cover " + work.resolve("other"),
            "Bound " + work.resolve("a/open"),
            "Bound " + work.resolve("other/open"),
            "Cover " + work.resolve("other/open")),
        describe(layout));
  }

  @Test
  void depthDecidesTheOrder() {
    RootFilesystem root =
        RootFilesystem.host()
            .bind(own("a/open", true))
            .bind(BindMount.writable(work, work))
            .block(work.resolve("a"))
            .build();
    RootLayout layout = RootLayout.of(root.parts());

    int last = 0;
    for (Piece piece : layout.pieces()) {
      assertTrue(piece.inside().getNameCount() >= last);
      last = piece.inside().getNameCount();
    }
    assertEquals(
        List.of("Bound " + work, "Cover " + work.resolve("a"), "Bound " + work.resolve("a/open")),
        describe(layout));
  }
}
