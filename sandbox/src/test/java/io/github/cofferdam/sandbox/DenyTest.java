package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assertDenied;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a policy takes back of what it grants: closed by every name, or the run is refused. */
@Tag("kernel")
@FirstAndLaterRuns
class DenyTest {
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path work;
  private Path key;

  /**
   * <pre>
   * work/  a/  b/  key
   *        |   open/  file
   *        file
   * </pre>
   */
  @BeforeEach
  void makeFiles() throws IOException {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    Files.createDirectories(work.resolve("a/b"));
    Files.createDirectories(work.resolve("a/open"));
    key = Files.writeString(work.resolve("a/b/key"), "secret\n");
    Files.writeString(work.resolve("a/open/file"), "open\n");
    Files.writeString(work.resolve("file"), "mine\n");
  }

  /**
   * Where Landlock has to go around what is blocked, not all of the host is granted: what others do
   * in directories for temporary files would get in the way.
   */
  private Policy.Builder in(Isolation isolation, Policy.Builder builder) {
    if (isolation == Isolation.BASIC && builder.build().mode() != Mode.FULL_ACCESS) {
      for (String path : List.of("/usr", "/bin", "/lib", "/lib64", temporary.toString())) {
        if (Files.exists(Path.of(path))) {
          builder.readExecute(path);
        }
      }
    }
    return builder.isolation(isolation);
  }

  /** As {@link #in}, with the host named where all of it is granted, so that more can be listed. */
  private Policy.Builder listed(Isolation isolation, Policy.Builder builder) {
    Policy.Builder all = in(isolation, builder);
    return isolation == Isolation.BASIC ? all : all.readExecute("/");
  }

  private static void assertClosed(Outcome outcome) {
    assertFalse(text(outcome).contains("secret"), () -> text(outcome));
    assertTrue(
        outcome.ending() instanceof Ending.Exited exited && exited.code() != 0,
        () -> outcome.ending() + text(outcome));
  }

  // ---------------------------------------------------------------- what cannot be done without

  static Stream<Arguments> systemPaths() {
    return Sandboxed.ISOLATIONS.stream()
        .flatMap(isolation ->
            Stream.of(
                    "/proc",
                    "/proc/version",
                    "/proc/sys",
                    "/sys",
                    "/dev",
                    "/dev/shm",
                    "/dev/pts",
                    "/dev/urandom",
                    "/tmp",
                    "/var/tmp",
                    "/etc/passwd")
                .map(path -> Arguments.of(isolation, path)));
  }

  @ParameterizedTest
  @MethodSource("systemPaths")
  void placesOfTheSystemAreClosedOrTheRunIsRefused(Isolation isolation, String path)
      throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.exists(Path.of(path)), "no " + path);
    for (Policy.Builder mode : List.of(readonly(), fullAccess())) {
      Outcome outcome =
          sh(
              mode.isolation(isolation).blocked(path).build(),
              Path.of("/"),
              "if [ -d $1 ]; then ls $1/; else head -c 1 $1; fi && echo secret",
              path);

      if (outcome.ending() instanceof Ending.Refused refused) {
        // Landlock has nothing to say in full-access.
        assertTrue(isolation == Isolation.BASIC, refused::reason);
        assertTrue(refused.reason().contains(path), refused::reason);
      } else {
        assertClosed(outcome);
        assertTrue(text(outcome).contains("denied"), () -> text(outcome));
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aBlockedDeviceIsNotGrantedByBeingHarmless(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = Attempts.tools(isolation).blocked("/dev/urandom").build();

    assertClosed(sh(policy, Path.of("/"), "head -c 1 /dev/urandom > /dev/null && echo secret"));
  }

  @ParameterizedTest
  @EachIsolation
  void toBlockEverythingIsRefused(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy.Builder mode : List.of(readonly(), workspace(), fullAccess())) {
      assertRefused(
          sh(in(isolation, mode).blocked("/").build(), work, "true"), "filesystem.blocked names /");
    }
  }

  @Test
  void withNamespacesTemporaryFilesGoWhereTheyCan() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = in(Isolation.NAMESPACE, readonly()).blocked("/tmp").build();

    assertPrints("/dev/shm\n", sh(policy, work, "echo $TMPDIR; touch $TMPDIR/x"));
  }

  @ParameterizedTest
  @EachIsolation
  void theWorkspaceIsNotBlocked(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assertRefused(
        sh(in(isolation, workspace()).blocked(work.toString()).build(), work, "true"),
        "filesystem.blocked names the workspace " + work);
    assertRefused(
        sh(in(isolation, workspace()).blocked(work + "/a").build(), work.resolve("a/b"), "true"),
        "the working directory " + work.resolve("a/b"));
    assertRefused(
        sh(
            in(isolation, readonly()).readWrite(work + "/a").blocked(work + "/x/../a").build(),
            work,
            "true"),
        "stands in both");
  }

  @ParameterizedTest
  @EachIsolation
  void noCommandBeginsInWhatIsBlocked(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path inside = work.resolve("a/b");
    for (Policy.Builder mode : List.of(readonly(), workspace(), fullAccess())) {
      Policy.Builder policy = in(isolation, mode).workspace(work.toString()).blocked(work + "/a");
      assertRefused(
          sh(policy.build(), work.resolve("a"), "pwd"),
          "the working directory " + work + "/a is blocked (filesystem.blocked); begin in another");
      String reason =
          assertRefused(
              sh(policy.build(), inside, "pwd"),
              "the working directory " + inside + " lies in " + work + "/a, which is blocked");
      assertFalse(reason.contains("\n"), reason);
      RefusedException refused =
          assertThrows(
              RefusedException.class,
              () ->
                  Sandboxed.of(policy.build())
                      .processBuilder("pwd")
                      .directory(inside.toFile())
                      .start());
      assertTrue(refused.reason().endsWith(reason), refused.reason());
    }
    // What is named below it is open, as everywhere.
    assertPrints(
        inside + "\n",
        sh(
            in(isolation, readonly()).blocked(work + "/a").readWrite(inside.toString()).build(),
            inside,
            "pwd"));
    // A pattern is meant as well.
    assertRefused(
        sh(in(isolation, readonly()).blocked(work + "/*/b").build(), inside, "pwd"),
        "the working directory " + inside + " is blocked");
  }

  @ParameterizedTest
  @EachIsolation
  void aBlockedProgramIsNotExecuted(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path program = Files.copy(Path.of("/bin/sh").toRealPath(), work.resolve("a/b/program"));
    Policy policy = in(isolation, readonly()).blocked(program.toString()).build();

    Outcome outcome = Sandboxed.run(policy, work, List.of(program.toString(), "-c", "true"));
    assertTrue(outcome.ending() instanceof Ending.NotExecuted, outcome::toJson);
    assertDenied(sh(policy, work, "a/b/program -c true"));
  }

  @ParameterizedTest
  @EachIsolation
  void filesOfAllKindsAreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path pipe = work.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Path link = Files.createSymbolicLink(work.resolveSibling("link"), key);
    Path socket = work.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Policy policy =
          in(isolation, workspace())
              .workspace(work.toString())
              .blocked(pipe.toString(), link.toString(), socket.toString())
              .build();

      for (Path path : List.of(pipe, link, socket, key)) {
        assertClosed(sh(policy, Path.of("/"), "cat $1", path));
      }
    }
  }

  // ---------------------------------------------------------------- other names

  @ParameterizedTest
  @EachIsolation
  void aFileWithAnotherNameIsRefused(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path other = Files.createLink(work.resolve("other"), key);
    for (Policy policy :
        List.of(
            in(isolation, readonly()).blocked(key.toString()).build(),
            in(isolation, workspace()).blocked(key.toString()).build(),
            // Not even beneath a grant, but the other name is.
            Attempts.tools(isolation)
                .readWrite(work + "/a/open")
                .blocked(key.toString())
                .build())) {
      String reason =
          assertRefused(
              sh(policy, work, "cat other"), "the blocked path " + key, "the file has 2 names");
      assertFalse(reason.contains("isolation = namespace can"), reason);
    }
    Files.delete(other);
    assertClosed(
        sh(in(isolation, readonly()).blocked(key.toString()).build(), work, "cat $1", key));
  }

  /** The second run of a sandbox may have namespaces that were made when there was one name. */
  @ParameterizedTest
  @EachIsolation
  void alsoIfItGotTheNameBetweenTwoRuns(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Sandbox sandbox = Sandboxed.of(in(isolation, readonly()).blocked(key.toString()).build());
    for (int i = 0; i < 3; i++) {
      assertClosed(run(sandbox, "cat $1", key));
    }
    Path other = Files.createLink(work.resolve("other"), key);
    for (int i = 0; i < 3; i++) {
      assertRefused(run(sandbox, "cat other"), "the file has 2 names");
    }
    Files.delete(other);
    assertClosed(run(sandbox, "cat $1", key));
  }

  private Outcome run(Sandbox sandbox, String script, Object... arguments) throws Exception {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return sandbox
        .command(command)
        .directory(work)
        .parentEnvironment(ENVIRONMENT)
        .mergeStderr()
        .captureOutput()
        .run();
  }

  /** In a virtual machine with mounts of its own, since tests mount nothing on the host. */
  @ParameterizedTest
  @EachIsolation
  void whatIsMountedElsewhereIsClosedThereToo(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    List<Path> places =
        List.of(
            Files.createDirectory(temporary.resolve("same")),
            Files.createDirectory(temporary.resolve("above")),
            Files.createDirectory(work.resolve("inside")));
    Path part = Files.createDirectory(temporary.resolve("part"));
    Path file = Files.createFile(temporary.resolve("onefile"));
    String mounts =
        "mount --bind $1/a/b $2/same && mount --bind $1/a $2/above && mount --bind $1/a/b $1/inside"
            + " && mount --bind $1/a/b $2/part && mount --bind $1/a/b/key $2/onefile";
    for (String mode : List.of("readonly", "workspace-write")) {
      String output =
          mounted(
              mounts,
              isolation.name(),
              mode,
              work.toString(),
              work + "/a/b",
              temporary + "/same/key",
              temporary + "/above/b/key",
              work + "/inside/key",
              part + "/key",
              file.toString(),
              key.toString());
      assertFalse(output.contains("secret"), output);
      assertEquals(6 * 2, output.split("denied", -1).length - 1, output);
      // And a file, of which the directories around it are mounted elsewhere.
      output =
          mounted(
              mounts,
              isolation.name(),
              mode,
              work.toString(),
              key.toString(),
              temporary + "/same/key",
              temporary + "/above/b/key",
              work + "/inside/key",
              file.toString());
      assertFalse(output.contains("secret"), output);
      assertEquals(4 * 2, output.split("denied", -1).length - 1, output);
    }
    assertTrue(places.stream().allMatch(Files::isDirectory));
  }

  @ParameterizedTest
  @EachIsolation
  void whatAnOverlayShowsOfItIsClosedToo(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (String blocked : List.of("/a/b", "/a/b/key")) {
      String output =
          mounted(
              "mkdir -p $2/up $2/w $2/all && mount -t overlay overlay"
                  + " -o lowerdir=$1/a,upperdir=$2/up,workdir=$2/w $2/all",
              isolation.name(),
              "readonly",
              work.toString(),
              work + blocked,
              temporary + "/all/b/key",
              key.toString());
      assertFalse(output.contains("secret"), output);
      assertEquals(2 * 2, output.split("denied", -1).length - 1, output);
    }
    String output =
        mounted(
            "mkdir -p $2/up $2/w $2/all && mount -t overlay overlay"
                + " -o lowerdir=$1/a,upperdir=$2/up,workdir=$2/w $2/all",
            isolation.name(),
            "readonly",
            work.toString(),
            temporary + "/all/b",
            key.toString());
    assertFalse(output.contains("secret"), output);
  }

  /** What lies in a blocked directory may be something that all the rest needs. */
  @ParameterizedTest
  @EachIsolation
  void aBlockedDirectoryWithAMountOfSomethingElseIsRefused(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String output =
        mounted(
            "mount --bind $1/a/open $1/a/b",
            isolation.name(),
            "readonly",
            work.toString(),
            work + "/a/b/..",
            key.toString());
    // The directory above both is blocked: that closes both.
    assertFalse(output.contains("secret"), output);
    output =
        mounted(
            "mkdir $1/x $1/x/y && mount --bind $1/a/open $1/x/y",
            isolation.name(),
            "readonly",
            work.toString(),
            work + "/x",
            work + "/a/open/file");
    assertTrue(output.contains("which can be used; block that as well"), output);
    assertFalse(output.contains("\nopen"), output);
  }

  // ---------------------------------------------------------------- what it is stored on

  /** Block devices that this user may open. */
  private static List<Path> devices() throws IOException {
    var devices = new ArrayList<Path>();
    try (var names = Files.list(Path.of("/sys/class/block"))) {
      for (Path name : names.toList()) {
        Path device = Path.of("/dev").resolve(name.getFileName());
        if (Files.isReadable(device)) {
          devices.add(device);
        }
      }
    }
    return devices;
  }

  @ParameterizedTest
  @EachIsolation
  void noDeviceGivesWhatIsBlocked(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy.Builder mode : List.of(readonly(), fullAccess())) {
      if (isolation == Isolation.BASIC && mode.build().mode() == Mode.FULL_ACCESS) {
        continue;
      }
      Policy policy = mode.isolation(isolation).blocked("/etc/passwd").build();
      for (Path device : devices()) {
        assertClosed(
            sh(policy, Path.of("/"), "head -c 1 $1 > /dev/null && echo secret; exit 1", device));
      }
      // The rest is as it was.
      assertPrints("", sh(policy, Path.of("/"), "head -c 1 /dev/urandom > /dev/null"));
      if (devices().isEmpty()) {
        assertPrints("", sh(policy, Path.of("/"), "ls /dev > /dev/null"));
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aDeviceThatThePolicyNamesIsNotReportedAsClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(!devices().isEmpty(), "no block device that this user may open");
    Path device = devices().getFirst();
    Policy.Builder policy = Attempts.tools(isolation).readOnly(device.toString());

    assertPrints("", sh(policy.build(), Path.of("/"), "true"));
    assertRefused(
        sh(policy.blocked(key.toString()).build(), Path.of("/"), "true"),
        "the policy grants " + device);
  }

  @ParameterizedTest
  @EachIsolation
  void theImageOfAMountedFileSystemDoesNotGiveWhatIsBlockedInIt(Isolation isolation)
      throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isWritable(Path.of("/dev/loop-control")), "no loop devices for this user");
    String mounts =
        "truncate -s 4M $2/image && mke2fs -q -F -t ext2 $2/image && mount -o loop $2/image $1/a/b"
            + " && echo secret > $1/a/b/key && mkdir $1/a/b/d && echo secret > $1/a/b/d/key"
            + " && sync $1/a/b/key $1/a/b/d/key && grep -q -a secret $2/image";
    for (String blocked : List.of("/a/b/key", "/a/b/d", "/a/b", "/a")) {
      String output =
          mounted(
              List.of("unshare", "-m"),
              mounts,
              isolation.name(),
              "readonly",
              work.toString(),
              work + blocked,
              work + "/a/b/key".replace("/a/b", blocked.equals("/a/b/d") ? "/a/b/d" : "/a/b"),
              temporary + "/image");
      assertFalse(output.contains("secret"), output);
      assertEquals(2 * 2, output.split("denied", -1).length - 1, output);
    }
  }

  private String mounted(String mounts, String... arguments) throws Exception {
    return mounted(List.of("unshare", "-Urm"), mounts, arguments);
  }

  private String mounted(List<String> namespaces, String mounts, String... arguments)
      throws Exception {
    ProcessBuilder machine =
        ChildMachine.builder(
            MountedMain.class, Files.createTempDirectory(temporary, "t"), arguments);
    var command = new ArrayList<>(namespaces);
    command.addAll(
        List.of(
            "sh",
            "-c",
            "mount --make-rprivate / 2>/dev/null; "
                + mounts
                + " || { echo skipped; exit; }; shift 2; exec \"$@\"",
            "sh",
            work.toString(),
            temporary.toString()));
    command.addAll(machine.command());
    Process process = machine.command(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assumeTrue(!output.contains("skipped"), "nothing can be mounted here: " + output);
    Sandboxed.assumeLandlockSufficed(output);
    assertTrue(output.contains("begun"), output);
    return output;
  }

  // ---------------------------------------------------------------- the next run

  @ParameterizedTest
  @EachIsolation
  void noRunMovesABlockedPathAwayForTheNext(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy.Builder mode : List.of(workspace(), fullAccess())) {
      if (isolation == Isolation.BASIC && mode.build().mode() == Mode.FULL_ACCESS) {
        continue;
      }
      Sandbox sandbox = Sandboxed.of(in(isolation, mode).blocked(key.toString()).build());
      for (int i = 0; i < 3; i++) {
        assertClosed(
            run(
                sandbox,
                "mv -T a moved; mv -T a/b a/moved; mv a/b moved; mkdir new; mv -T a/b new;"
                    + " cat a/b/key moved/b/key a/moved/key moved/key new/key"));
        assertEquals("secret\n", Files.readString(key));
      }
      try (var left = Files.list(work)) {
        for (Path path : left.toList()) {
          if (!List.of("a", "file").contains(path.getFileName().toString())) {
            deleteAll(path);
          }
        }
      }
    }
  }

  private static void deleteAll(Path path) throws IOException {
    try (var all = Files.walk(path)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Test
  void withNamespacesTheDirectoriesAboveAreBusyAndTheRestIsNot() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = in(Isolation.NAMESPACE, workspace()).blocked(key.toString()).build();

    assertTrue(text(sh(policy, work, "mv -T a moved")).contains("busy"));
    assertTrue(text(sh(policy, work, "mv -T a/b a/moved")).contains("busy"));
    assertPrints(
        "new\n", sh(policy, work, "mv -T a/open a/moved; echo new > a/b/new; mv a/b/new n; cat n"));
  }

  // ---------------------------------------------------------------- the narrower rule

  @Test
  void withNamespacesWhatMayOnlyBeReadInAWorkspaceStaysAsItIs() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path script = Files.writeString(work.resolve("a/open/script"), "#!/bin/sh\necho ran\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Policy policy = listed(Isolation.NAMESPACE, workspace()).readOnly(work + "/a/open").build();

    Outcome outcome = sh(policy, work, "cat a/open/file");
    assertPrints("open\n", outcome);
    assertReported(ProtectionState.ENFORCED, Protection.FILESYSTEM, outcome);
    for (String attempt :
        List.of(
            "echo no > a/open/file",
            "touch a/open/new",
            "rm -f a/open/file",
            "chmod 777 a/open/script",
            "a/open/script",
            "mv -T file a/open/file")) {
      assertDenied(sh(policy, work, attempt));
    }
    assertTrue(text(sh(policy, work, "mv -T a moved")).contains("busy"));
    assertTrue(text(sh(policy, work, "mv -T a/open a/moved")).contains("busy"));
    assertPrints("new\n", sh(policy, work, "echo new > a/new; cat a/new"));
    // What may be executed there may, and no more.
    Policy executable =
        listed(Isolation.NAMESPACE, workspace()).readExecute(work + "/a/open").build();
    assertPrints("ran\n", sh(executable, work, "a/open/script"));
    assertDenied(sh(executable, work, "touch a/open/new"));
    assertEquals("open\n", Files.readString(work.resolve("a/open/file")));
  }

  @Test
  void norByTheNameThatThePolicyBindsItTo() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy =
        listed(Isolation.NAMESPACE, workspace())
            .readOnly(work + "/a/open")
            .bind(work.toString(), "/opt", true)
            .build();

    assertDenied(sh(policy, Path.of("/"), "echo no > /opt/a/open/file"));
    assertPrints("new\n", sh(policy, Path.of("/"), "echo new > /opt/a/new; cat /opt/a/new"));
  }

  @Test
  void basicRefusesWhatItCannotKeepFromBeingWritten() throws Exception {
    for (Policy policy :
        List.of(
            listed(Isolation.BASIC, workspace()).readOnly(work + "/a/open").build(),
            listed(Isolation.BASIC, workspace()).readExecute(work + "/a/open").build(),
            listed(Isolation.BASIC, readonly())
                .readWrite(work.toString())
                .readOnly(work + "/a/open/file")
                .build())) {
      assertRefused(
          sh(policy, work, "echo no > a/open/file"),
          work + "/a/open",
          "lies in " + work + ", which may be",
          "isolation = namespace can");
    }
    assertEquals("open\n", Files.readString(work.resolve("a/open/file")));
  }

  @ParameterizedTest
  @EachIsolation
  void whatMayBeWrittenInWhatMayBeReadCanBe(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        listed(isolation, readonly()).readOnly(work.toString()).readWrite(work + "/a/open").build();

    assertPrints("new\n", sh(policy, work, "echo new > a/open/new; cat a/open/new"));
    assertDenied(sh(policy, work, "echo no > file"));
  }

  @ParameterizedTest
  @EachIsolation
  void whatMayOnlyBeReadIsNotExecutedBeneathWhatMayBe(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path script = Files.writeString(work.resolve("a/open/script"), "#!/bin/sh\necho ran\n");
    Path beside = Files.writeString(work.resolve("a/script"), "#!/bin/sh\necho ran\n");
    Path back = Files.createDirectory(work.resolve("a/open/bin")).resolve("script");
    Files.writeString(back, "#!/bin/sh\necho ran\n");
    for (Path path : List.of(script, beside, back)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Policy policy =
        Attempts.tools(isolation)
            .readExecute(work.toString(), work + "/a/open/bin")
            .readOnly(work + "/a/open")
            .build();

    assertDenied(sh(policy, work, "a/open/script"));
    assertPrints(
        "open\nran\nran\nfile\nopen\n",
        sh(
            policy,
            work,
            "cat a/open/file; a/script; a/open/bin/script; ls | grep file; ls a | grep open"));
  }

  /** The home hidden, the project in it shown. */
  @ParameterizedTest
  @EachIsolation
  void whatIsGrantedInsideOfWhatIsBlockedIsThere(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path project = work.resolve("a/open");
    for (Policy policy :
        List.of(
            in(isolation, workspace()).workspace(".").blocked(work.toString()).build(),
            in(isolation, readonly())
                .readWrite(project.toString())
                .blocked(work.toString())
                .build(),
            Attempts.tools(isolation)
                .readWrite(project.toString())
                .readOnly(temporary.toString())
                .blocked(work.toString())
                .build())) {
      assertPrints("open\nnew\n", sh(policy, project, "cat file; echo new > new; cat new"));
      assertClosed(sh(policy, project, "cat $1", key));
      assertClosed(sh(policy, project, "cat ../../file && echo secret"));
      assertClosed(sh(policy, project, "ls .. && echo secret"));
      assertClosed(sh(policy, project, "mv ../b/key . && echo secret"));
      assertClosed(sh(policy, project, "touch ../new && echo secret"));
    }
    assertFalse(Files.exists(work.resolve("a/new"), LinkOption.NOFOLLOW_LINKS));
    assertEquals("secret\n", Files.readString(key));
  }
}
