package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.Inside.sh;
import static io.github.cofferdam.namespaces.Inside.tools;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.Inside.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;

/** Directories that a sandbox can change while the host's stay as they are. */
@Tag("kernel")
class OverlayRootTest {
  /** Not in {@code /tmp}, which a sandbox does not see. */
  private Path work;

  private Path lower;
  private String mountsBefore;
  private Map<String, String> before;
  private final List<Made> made = new ArrayList<>();

  /** By calls of its own: a mistake in those that are tested must not look like an old kernel. */
  @BeforeAll
  static void needOverlays() throws Exception {
    Inside.assumeAvailable();
    var steps = new ArrayList<Step>();
    steps.add(mount("tmpfs", "/tmp", "mode=755"));
    for (String name : List.of("l", "u", "w", "m")) {
      steps.add(
          Step.of(
              "mkdirat",
              "make a directory",
              Arg.of(Uapi.AT_FDCWD()),
              Memory.text("/tmp/" + name),
              Arg.of(0755)));
    }
    steps.add(
        mount("overlay", "/tmp/m", "lowerdir=/tmp/l,upperdir=/tmp/u,workdir=/tmp/w,userxattr"));
    try {
      sh(new SetupProgram(steps), "true");
    } catch (SetupException e) {
      throw new TestAbortedException("no overlayfs for this user (Linux 5.11): " + e, e);
    }
  }

  private static Step mount(String type, String target, String options) {
    Memory name = Memory.text(type);
    return Step.of(
        "mount", "try it", name, Memory.text(target), name, Arg.of(0), Memory.text(options));
  }

  @BeforeEach
  void makeFiles() throws IOException {
    mountsBefore = Files.readString(Path.of("/proc/self/mountinfo"));
    work = Files.createTempDirectory(Path.of("/var/tmp").toRealPath(), "cofferdam-test-");
    lower = makeLower(work.resolve("lower"));
    before = everything();
  }

  private static Path makeLower(Path lower) throws IOException {
    Files.createDirectories(lower.resolve("sub/deep"));
    Files.writeString(lower.resolve("file"), "mine\n");
    Files.writeString(lower.resolve("sub/inner"), "inner\n");
    Files.writeString(lower.resolve("sub/deep/deepest"), "deepest\n");
    return lower;
  }

  @AfterEach
  void removeFiles() throws IOException {
    made.forEach(Made::close);
    assertEquals(mountsBefore, Files.readString(Path.of("/proc/self/mountinfo")));
    try (var all = Files.walk(work)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** All that the host has beneath the directory: names, content, modes, times. */
  private Map<String, String> everything() throws IOException {
    var found = new TreeMap<String, String>();
    try (var all = Files.walk(work)) {
      for (Path path : all.toList()) {
        String content = Files.isRegularFile(path) ? Files.readString(path) : "";
        found.put(
            path.toString(),
            Files.readAttributes(path, "unix:mode,ino,nlink,uid,lastModifiedTime,ctime") + content);
      }
    }
    return found;
  }

  private Made program(RootFilesystem.Builder root, Way way) throws IOException {
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

  @ParameterizedTest
  @EnumSource
  void changesStayInTheSandbox(Way way) throws Exception {
    for (RootFilesystem.Builder builder :
        List.of(tools(), RootFilesystem.host(), RootFilesystem.host().writable(true))) {
      Made root = program(builder.bind(BindMount.overlay(lower, lower)), way);

      assertPrints(
          "mine\ninner\nnew\nmore\nsub\n",
          sh(
              root,
              "cd $1 && cat file sub/inner && echo new > file && chmod 600 sub/inner"
                  + " && touch -d 2001-01-01 sub/deep/deepest && echo more > sub/more"
                  + " && rm sub/deep/deepest && ln sub/inner linked && mv file moved"
                  + " && cat moved sub/more && ls -d sub",
              lower));
      assertEquals(before, everything());
      // Nothing is there the next time.
      assertPrints("file\nsub\nmine\n", sh(root, "cd $1 && ls && cat file", lower));
      assertEquals(before, everything());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsFoundNowhereElse(Way way) throws Exception {
    String script =
        "echo x > $1/needle; echo y > /tmp/own; rm $1/file;"
            + " find $2 -xdev -name needle 2>/dev/null; find /proc -maxdepth 1 -name 'overlay*';"
            + " ls -A /tmp; ls -A /dev/shm; cat /proc/overlay0/upper/needle /proc/../overlay0"
            + " /tmp/overlay0/upper/needle 2>/dev/null; rmdir /tmp/overlay0 2>/dev/null; true";

    Made empty = program(tools().bind(BindMount.overlay(lower, Path.of("/data"))), way);
    Made host = program(RootFilesystem.host().bind(BindMount.overlay(lower, lower)), way);

    assertPrints(
        "/data/needle\nown\n",
        sh(empty, script.replace("$2", "/ /tmp /dev /dev/shm /data"), "/data"));
    assertPrints(
        lower + "/needle\nown\n", sh(host, script.replace("$2", "/tmp /dev /dev/shm $1"), lower));
    assertEquals(before, everything());
  }

  @ParameterizedTest
  @EnumSource
  void theMountIsWithoutSetUserIdAndDevicesAndCanBeWithoutExecution(Way way) throws Exception {
    BindMount overlay = BindMount.overlay(lower, Path.of("/data"));
    Made root = program(tools().bind(overlay), way);
    Made without = program(tools().bind(overlay.withExecutable(false)), way);
    String flags = "grep ' /data ' /proc/self/mountinfo | cut -d' ' -f6";
    String execute = "printf '#!/bin/sh\\necho ran\\n' > /data/x && chmod 755 /data/x && /data/x";

    assertPrints("rw,nosuid,nodev,relatime\n", sh(root, flags));
    assertPrints("ran\n", sh(root, execute));
    assertPrints("rw,nosuid,nodev,noexec,relatime\n", sh(without, flags));
    assertDenied("Permission denied", sh(without, execute));
  }

  /** Options of mount(2) have commas between them, lower directories colons. */
  @ParameterizedTest
  @EnumSource
  void anyNameWorks(Way way) throws Exception {
    for (String name : List.of("a,b:c\\d", "x,userxattr,upperdir=", " ", "caf\udce9", "\\:")) {
      String odd = OsText.of(work) + "/" + name;
      makeLower(OsText.path(odd));
      before = everything();
      BindMount overlay = BindMount.overlay(OsText.path(odd), OsText.path(odd));
      for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
        assertPrints(
            "mine\nnew\n",
            sh(
                program(builder.bind(overlay), way),
                "cd \"$1\" && cat file && echo new > file && cat file",
                odd));
      }
      assertEquals(before, everything());
    }
  }

  // ---------------------------------------------------------------- together with others

  /** The deepest path decides, in an overlay and above one. */
  @ParameterizedTest
  @EnumSource
  void whatLiesDeeperIsAsItWasAskedFor(Way way) throws Exception {
    Path sub = lower.resolve("sub");
    Path deep = sub.resolve("deep");
    for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
      Made root =
          program(
              builder
                  .bind(BindMount.overlay(lower, lower))
                  .bind(BindMount.readOnly(sub, sub))
                  .bind(BindMount.writable(deep, deep))
                  .block(lower.resolve("file")),
              way);
      assertDenied("Permission denied", sh(root, "cat $1/file", lower));
      assertDenied("Permission denied", sh(root, "echo no > $1/file", lower));
      assertDenied("busy", sh(root, "rm -f $1/file", lower));
      assertDenied("Read-only", sh(root, "echo no > $1/inner", sub));
      assertDenied("busy", sh(root, "mv $1 $1.moved", sub));
      assertPrints("", sh(root, "touch $1/new && touch $2/new", lower, deep));
      assertTrue(Files.exists(deep.resolve("new")));
      assertFalse(Files.exists(lower.resolve("new")));
      Files.delete(deep.resolve("new"));
    }
    Made beneath =
        program(
            tools().bind(BindMount.writable(work, work)).bind(BindMount.overlay(sub, sub)), way);
    before = everything();
    assertDenied("busy", sh(beneath, "mv $1 $1.moved", sub));
    assertDenied("busy", sh(beneath, "mv $1 $1.moved", lower));
    assertPrints("", sh(beneath, "rm $1/deep/deepest && mv $1/inner $1/outer", sub));
    assertEquals(before, everything());
    assertPrints("", sh(beneath, "touch $1/new && mv $1/new $2/new", sub, lower));
    assertTrue(Files.exists(lower.resolve("new")));
  }

  @ParameterizedTest
  @EnumSource
  void theTemporaryDirectoryAndBindsInItWorkBesideOverlays(Way way) throws Exception {
    Path inTmp = Files.createTempDirectory(Path.of("/tmp").toRealPath(), "cofferdam-test-");
    try {
      makeLower(inTmp.resolve("lower"));
      Path there = inTmp.resolve("lower");
      for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
        Made root =
            program(
                builder
                    .bind(BindMount.overlay(there, there))
                    .bind(BindMount.overlay(lower, lower))
                    .bind(BindMount.readOnly(lower.resolve("sub"), Path.of("/tmp/more"))),
                way);

        assertPrints(
            "mine\nnew\nmine\ninner\n",
            sh(
                root,
                "cat $1/file && echo new > $1/file && cat $1/file $2/file /tmp/more/inner"
                    + " && touch /tmp/own /dev/shm/own",
                there,
                lower));
        assertEquals("mine\n", Files.readString(there.resolve("file")));
      }
      assertEquals(before, everything());
    } finally {
      try (var all = Files.walk(inTmp)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Also what is copied because it is opened for writing. */
  @ParameterizedTest
  @EnumSource
  void theSizeIsALimitForAllThatIsWritten(Way way) throws Exception {
    Files.write(lower.resolve("large"), new byte[2_000_000]);
    Made root = program(tools().bind(BindMount.overlay(lower, Path.of("/d"))).size(1 << 20), way);

    assertDenied("No space left", sh(root, "head -c 2000000 /dev/zero > /d/f"));
    assertDenied(
        "No space left", sh(root, "head -c 600000 /dev/zero > /d/f; cp /d/f /tmp/f; cp /d/f /d/g"));
    assertDenied("No space left", sh(root, "echo more >> /d/large"));
    assertDenied("No space left", sh(root, "for i in $(seq 2000); do : > /d/$i || exit 1; done"));
  }

  // ---------------------------------------------------------------- what cannot be

  @ParameterizedTest
  @EnumSource
  void aSourceThatBecameALinkFailsTheLaunch(Way way) throws Exception {
    Made root = program(tools().bind(BindMount.overlay(lower, Path.of("/data"))), way);
    Files.move(lower, work.resolve("moved"));
    Files.createSymbolicLink(lower, Path.of("/etc"));

    var e = assertThrows(SetupException.class, () -> sh(root, "ls /data"));

    assertTrue(e.toString().contains("without following links"), e::toString);
  }

  @ParameterizedTest
  @EnumSource
  void aFileIsNoOverlay(Way way) throws Exception {
    Path file = lower.resolve("file");
    Made root = program(tools().bind(BindMount.overlay(file, Path.of("/data"))), way);

    assertThrows(SetupException.class, () -> sh(root, "cat /data"));
  }

  @Test
  void noTemplateHasOne() {
    RootFilesystem.Builder root = tools();
    assertEquals(MountApi.ofHost() == MountApi.TREES, NamespaceTemplate.canHold(root.build()));
    root.bind(BindMount.overlay(lower, Path.of("/data")));
    assertFalse(NamespaceTemplate.canHold(root.build()));
  }

  @Test
  void aRootWithoutOverlaysIsMadeAsItWas() {
    for (Way way : List.of(Way.TREES, Way.CLASSIC)) {
      SetupProgram program =
          tools()
              .bind(BindMount.writable(lower, lower))
              .build()
              .program(way == Way.CLASSIC ? MountApi.CLASSIC : MountApi.TREES);
      assertFalse(program.steps().stream().anyMatch(step -> step.toString().contains("overlay")));
      assertFalse(program.steps().stream().anyMatch(step -> step.toString().contains("go back")));
    }
  }

  @Test
  void anOverlayIsWritable() {
    assertThrows(
        IllegalArgumentException.class, () -> new BindMount(lower, lower, false, true, true));
    assertEquals(lower + ":/data:overlay", BindMount.overlay(lower, Path.of("/data")).toString());
  }
}
