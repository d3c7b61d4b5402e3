package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assertDenied;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The root that a command has of its own with isolation namespace, on this machine's kernel. */
@Tag("kernel")
@FirstAndLaterRuns
class SandboxRootTest {
  private static final Path ROOT = Path.of("/");

  /** What many systems have in the root directory as links into /usr. */
  private static final List<String> SYSTEM =
      List.of("bin", "lib", "lib32", "lib64", "libx32", "sbin");

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path work;
  private String mounts;

  @BeforeEach
  void makeFiles() throws Exception {
    // First: what is looked at afterwards has to be there for a test that is skipped, too.
    mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    Files.writeString(work.resolve("file"), "mine\n");
    Files.writeString(work.resolveSibling("secret"), "secret\n");
  }

  @AfterEach
  void theHostHasItsMountsAndNothingIsLeft() throws IOException {
    assertEquals(mounts, Files.readString(Path.of("/proc/self/mountinfo")));
    assertEquals(List.of(), Sandboxed.temporaries());
  }

  private static Policy.Builder namespaced(Policy.Builder builder) {
    return builder.isolation(Isolation.NAMESPACE);
  }

  /** What programs need, by the names that people write. */
  private static Policy.Builder tools(Policy.Builder builder) {
    for (String name : List.of("usr", "bin", "lib", "lib64")) {
      if (Files.exists(ROOT.resolve(name))) {
        builder.readExecute("/" + name);
      }
    }
    return namespaced(builder);
  }

  /** The names in the root directory of a command that is granted {@link #tools} and more. */
  private static List<String> names(String... more) {
    Set<String> names = new TreeSet<>(List.of("dev", "proc", "tmp", "usr"));
    names.addAll(List.of(more));
    for (String name : SYSTEM) {
      if (Files.isSymbolicLink(ROOT.resolve(name))) {
        names.add(name);
      }
    }
    return new ArrayList<>(names);
  }

  // ---------------------------------------------------------------- devices

  /** Also in a mount beneath what is bound, and although Landlock would let it be opened. */
  @Test
  void noDeviceOfTheHostCanBeOpenedOutsideDev() throws Exception {
    Policy policy = namespaced(readonly().bind("/", work.toString(), true)).build();

    assertDenied(sh(policy, ROOT, "head -c 1 $1/dev/zero", work));
    assertDenied(sh(policy, ROOT, "echo > $1/dev/null", work));
  }

  /** mknod(2) of what {@code /dev/zero} is; a machine may lack the program of that name. */
  private static long makeZero(Path device) {
    int characters = 0x2000;
    int zero = 0x105;
    try (Arena arena = Arena.ofConfined()) {
      long path = arena.allocateFrom(device.toString()).address();
      return Syscall.call(
          Syscall.number("mknodat"), Uapi.AT_FDCWD(), path, characters | 0666, zero);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"READONLY", "WORKSPACE_WRITE"})
  void aDeviceThatLiesInTheWorkspaceCannotBeOpened(Mode mode) throws Exception {
    Path device = work.resolve("device");
    assumeTrue(makeZero(device) == 0, "this user cannot make devices here");
    Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw-rw-"));
    try (var outside = Files.newInputStream(device)) {
      assertEquals(0, outside.read());
    } catch (AccessDeniedException e) {
      assumeTrue(false, "no device works on the file system of " + work);
    }
    Policy.Builder policy = Policy.builder().mode(mode);

    assertDenied(sh(namespaced(policy).build(), work, "head -c 1 device"));
    assertDenied(sh(tools(policy.readOnly(work.toString())).build(), work, "head -c 1 device"));
  }

  // ---------------------------------------------------------------- what there is

  @Test
  void theRootHasWhatIsGrantedAndNothingElse() throws Exception {
    Policy policy = tools(readonly().readOnly(work.toString())).build();

    Outcome outcome = sh(policy, work, "ls -A /; ls -A $1; cat file", temporary.toRealPath());

    var expected = new ArrayList<>(names("var"));
    expected.addAll(List.of("work", "mine"));
    assertEquals(expected, text(outcome).lines().toList());
    // What is not there does not say so by another error than what never was.
    Outcome missing = sh(policy, work, "cat $1 $1-not; ls /etc /home /root", work + "/../secret");
    assertEquals(
        List.of(), text(missing).lines().filter(l -> !l.contains("No such file")).toList());
  }

  @Test
  void lsOfTheRootSaysWhoseItIs() throws Exception {
    Outcome outcome = sh(tools(readonly()).build(), ROOT, "ls -la / | grep -v ' \\.\\.$'; id -u");

    long user = Syscall.call(Syscall.number("geteuid"));
    String text = text(outcome);
    assertTrue(text.endsWith("\n" + user + "\n"), text);
    assertTrue(text.contains("lrwxrwxrwx") || !Files.isSymbolicLink(Path.of("/bin")), text);
    assertEquals(names().size() + 3, text.lines().count(), text);
  }

  @Test
  void whereEverythingMayBeReadTheHostsFilesAreThereButNotItsDevicesAndTemporaryFiles()
      throws Exception {
    Path inTmp = Files.createTempFile(Path.of("/tmp"), "cofferdam-test-", "");
    try {
      Outcome outcome =
          sh(
              namespaced(readonly()).build(),
              work,
              "cat file ../secret; ls /etc/passwd; ls -A /tmp /dev/shm; cat $1; ls -A /dev",
              inTmp);

      String text = text(outcome);
      assertTrue(text.startsWith("mine\nsecret\n/etc/passwd\n/dev/shm:\n\n/tmp:\n"), text);
      assertTrue(text.contains("No such file"), text);
      assertTrue(
          text.endsWith(
              "fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\nurandom\nzero\n"),
          text);
    } finally {
      Files.delete(inTmp);
    }
  }

  @Test
  void theWorkspaceIsSeenAlsoInTheHostsTemporaryDirectory(@TempDir Path inTmp) throws Exception {
    Path real = Files.createDirectory(inTmp.toRealPath().resolve("work"));
    Files.writeString(real.resolve("file"), "mine\n");
    Files.writeString(real.resolveSibling("other"), "other\n");

    assertPrints("mine\nwork\n", sh(namespaced(readonly()).build(), real, "cat file; ls .."));
    assertDenied(sh(namespaced(readonly()).build(), real, "echo no > file"));
    assertPrints("", sh(namespaced(workspace()).build(), real, "echo new > file"));
    assertEquals("new\n", Files.readString(real.resolve("file")));
  }

  /** The host's root takes no new names; one that is made for the run does. */
  @Test
  void aBindToAPathThatIsNotThereSaysWhatToDo() throws Exception {
    Policy.Builder policy = namespaced(readonly()).bind(work.toString(), "/not-there/data", false);
    Sandboxed.assertRefused(
        sh(policy.build(), work, "true"),
        "filesystem.bind_mounts: there is no /not-there/data on the host",
        "bind to a path beneath /tmp or to one that is there");
    assertPrints(
        "", sh(policy.readExecute("/usr", "/bin", "/lib", "/lib64").build(), work, "true"));
    Policy beneath = namespaced(readonly()).bind(work.toString(), "/tmp/new/data", false).build();
    assertPrints("", sh(beneath, work, "test -d /tmp/new/data"));
  }

  /** The kernel says that it is not there, and on the host it is. */
  @Test
  void aProgramOfTheHostsTmpIsNamedWithWhatShowsIt() throws Exception {
    Path place = Files.createTempDirectory(Path.of("/tmp"), "cofferdam-test-");
    Path program = place.resolve("program");
    try {
      Files.writeString(program, "#!/bin/sh\necho ran\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
      List<String> command = List.of(program.toString());

      Outcome outcome = Sandboxed.run(namespaced(readonly()).build(), work, command);
      String reason = ((Ending.NotExecuted) outcome.ending()).reason();
      assertTrue(reason.contains("--bind " + program + ":" + program), reason);
      Policy shown =
          namespaced(readonly()).bind(program.toString(), program.toString(), false).build();
      assertPrints("ran\n", Sandboxed.run(shown, work, command));

      // What is not there on the host either is not to be shown.
      Files.delete(program);
      Outcome gone = Sandboxed.run(namespaced(readonly()).build(), work, command);
      assertFalse(gone.toJson().contains("--bind"), gone::toJson);
    } finally {
      Files.deleteIfExists(program);
      Files.delete(place);
    }
  }

  /** As /tmp, it is the host's where the policy grants it by its own name. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sharedMemoryOfTheHostIsThereIfItIsGranted(boolean whole) throws Exception {
    Path shm = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(shm), "this user may not write to /dev/shm");
    Path mine = Files.createTempDirectory(shm, "cofferdam-test-");
    try {
      Files.writeString(mine.resolve("file"), "mine\n");
      String granted = whole ? "/dev/shm" : mine.toString();
      Policy.Builder reading = namespaced(readonly()).readExecute("/").readOnly(granted);
      assertPrints("mine\n", sh(reading.build(), work, "cat $1/file", mine));
      assertDenied(sh(reading.build(), work, "echo no > $1/file", mine));
      assertDenied(sh(reading.build(), work, "echo no > $1/new", mine));
      Policy writing = namespaced(readonly()).readWrite(granted).build();
      assertPrints("", sh(writing, work, "echo new > $1/file", mine));
      assertEquals("new\n", Files.readString(mine.resolve("file")));
      // What is beside it is the command's own.
      Policy other = namespaced(readonly()).build();
      assertPrints("gone\n", sh(other, work, "cat $1/file 2>/dev/null || echo gone", mine));
    } finally {
      Files.deleteIfExists(mine.resolve("file"));
      Files.delete(mine);
    }
  }

  @Test
  void linksOnTheWayToWhatIsGrantedAreThere() throws Exception {
    Path link = Files.createSymbolicLink(temporary.toRealPath().resolve("link"), Path.of("work"));
    Path file = link.resolve("file");

    assertPrints(
        "mine\n", sh(tools(readonly().readOnly(file.toString())).build(), ROOT, "cat $1", file));
  }

  @Test
  void processesAndHostAreItsOwn() throws Exception {
    Outcome outcome =
        sh(
            namespaced(readonly()).build(),
            ROOT,
            "uname -n; sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' /proc/net/dev;"
                + " for p in /proc/[0-9]*; do echo ${p#/proc/}; done;"
                + " grep ^Cap /proc/self/status | tr -d '\\t'; grep NoNewPrivs /proc/self/status");

    assertPrints(
        """
        sandbox
        lo
        1
        2
        CapInh:0000000000000000
        CapPrm:0000000000000000
        CapEff:0000000000000000
        CapBnd:0000000000000000
        CapAmb:0000000000000000
        NoNewPrivs:	1
        """,
        outcome);
  }

  @Test
  void procCannotBeWrittenToAndHidesWhatIsTheMachines() throws Exception {
    Policy policy = namespaced(readonly()).build();

    for (String path : List.of("sys/kernel/core_pattern", "self/oom_score_adj", "self/comm")) {
      assertDenied(sh(policy, ROOT, "echo x > /proc/$1", path));
    }
    for (String name : List.of("keys", "timer_list", "kcore")) {
      if (Files.isReadable(Path.of("/proc", name))) {
        assertDenied(sh(policy, ROOT, "cat /proc/$1", name));
      }
    }
  }

  @Test
  void pseudoTerminalsWorkBehindBothWalls() throws Exception {
    assertPrints(
        "/dev/pts/0\nhello\n",
        python(
            namespaced(readonly()).build(),
            ROOT,
            """
            import os, pty, termios
            master, slave = pty.openpty()
            print(os.ttyname(slave))
            termios.tcgetattr(slave)
            os.close(os.open('/dev/pts/0', os.O_RDWR | os.O_NOCTTY))
            os.write(slave, b'hello\\n')
            print(os.read(master, 100).decode().strip())
            """));
  }

  // ---------------------------------------------------------------- binds

  @Test
  void whatIsBoundIsSeenAtItsPathAndByItsRights() throws Exception {
    Path other = Files.createDirectory(work.resolveSibling("other"));
    Policy policy =
        tools(readonly())
            .bind(work.toString(), "/data", false)
            .bind(other.toString(), "/srv/out", true)
            .build();

    assertPrints("mine\n", sh(policy, ROOT, "cat /data/file > /srv/out/copy; cat /srv/out/copy"));
    assertEquals("mine\n", Files.readString(other.resolve("copy")));
    assertDenied(sh(policy, ROOT, "echo no > /data/file"));
    assertDenied(sh(policy, ROOT, "touch /srv/new"));
    assertPrints("", sh(policy, ROOT, "ls $1 2>/dev/null || true", work));
    // The working directory is followed to where it is bound.
    assertPrints("/data\n/data\nmine\n", sh(policy, work, "pwd; echo $PWD; cat file"));
  }

  @Test
  void somethingCanBeBoundInPlaceOfWhatTheHostHas() throws Exception {
    Policy policy = namespaced(readonly().bind(work.toString(), "/opt", true)).build();

    assertPrints("mine\n", sh(policy, ROOT, "cat /opt/file; echo new > /opt/new"));
    assertEquals("new\n", Files.readString(work.resolve("new")));
    // Other grants of that path are gone with it.
    Policy instead =
        tools(readonly().readOnly("/opt").bind(work.toString(), "/opt", false)).build();
    assertPrints("mine\n", sh(instead, ROOT, "cat /opt/file"));
  }

  @Test
  void bindsNeedARootOfTheCommandsOwn() throws Exception {
    for (Policy policy :
        List.of(
            readonly().bind(work.toString(), "/data", false).build(),
            readonly().temporarySize(1 << 20).build(),
            namespaced(fullAccess().bind(work.toString(), "/data", false)).build())) {
      assertRefused(sh(policy, ROOT, "true"), "isolation = namespace");
    }
    for (String own : List.of("/proc/x", "/dev", "/x/..")) {
      Policy policy = namespaced(readonly().bind(work.toString(), own, false)).build();
      assertRefused(sh(policy, ROOT, "true"), "the command's own");
    }
  }

  @Test
  void theHostsTemporaryDirectoryCanBeGranted() throws Exception {
    Policy policy = namespaced(readonly().readWrite("/tmp")).build();
    Path file = Files.createTempFile(Path.of("/tmp"), "cofferdam-test-", "");
    try {
      Files.writeString(file, "shared\n");
      assertPrints(
          "shared\n/dev/shm\n", sh(policy, ROOT, "cat $1; echo $TMPDIR; touch $TMPDIR/x", file));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void temporaryFilesHaveALimit() throws Exception {
    Policy policy = namespaced(readonly().temporarySize(1 << 20)).build();

    Outcome outcome = sh(policy, ROOT, "head -c 2000000 /dev/zero > /tmp/f");
    assertTrue(text(outcome).contains("No space left"), () -> text(outcome));
  }

  // ---------------------------------------------------------------- the working directory

  @Test
  void aWorkingDirectoryThatIsAskedForAndNotThereRefusesTheRun() throws Exception {
    assertRefused(
        sh(tools(readonly()).build(), work, "true"),
        "the working directory " + work + " does not exist");
  }

  @Test
  void whoAsksForNoneStartsInTheRootDirectory() throws Exception {
    Outcome outcome =
        Sandboxed.of(tools(readonly()).build())
            .command("sh", "-c", "pwd; echo $PWD")
            .parentEnvironment(ENVIRONMENT)
            .captureOutput()
            .run();

    assertPrints("/\n/\n", outcome);
  }

  // ---------------------------------------------------------------- what is replaced meanwhile

  @Test
  void aGrantThatBecomesALinkFailsTheStart() throws Exception {
    Policy policy = tools(readonly().readWrite(work.toString())).build();
    var streams = new StdioSet(Stdio.discard(), Stdio.discard(), Optional.empty());
    RunRequest request =
        Sandboxed.of(policy)
            .command("ls", work.toString())
            .parentEnvironment(ENVIRONMENT)
            .directory(ROOT)
            .request(grants -> streams, false, report -> {});
    try (var resources = new RunResources(Optional.empty())) {
      PreparedRun prepared = new RunPreparation(request, resources).prepare();
      Files.move(work, work.resolveSibling("moved"));
      Files.createSymbolicLink(work, Path.of("/etc"));

      var e = assertThrows(SetupFailedException.class, () -> Run.start(prepared, resources));

      assertTrue(e.reason().contains("without following links"), e::reason);
    }
  }

  // ---------------------------------------------------------------- furnishing

  @Test
  void aCapabilityThatIsKeptWorksInsideAndTheReportSaysSo() throws Exception {
    Policy policy = namespaced(readonly().capability(Capability.NET_ADMIN)).build();

    Outcome outcome =
        sh(policy, ROOT, "grep -E '^Cap(Eff|Bnd|Amb)' /proc/self/status | tr -d '\\t'");

    assertPrints(
        "CapEff:0000000000001000\nCapBnd:0000000000001000\nCapAmb:0000000000001000\n", outcome);
    EnforcedProtection entry = outcome.enforcement().orElseThrow().of(Protection.CAPABILITIES);
    assertEquals("all dropped but net_admin, and user id 0 gives none", entry.detail());
    assertRefused(
        sh(readonly().capability(Capability.CHOWN).build(), ROOT, "true"),
        "isolation.capabilities needs namespaces");
  }

  @Test
  void theHostNameIsTheOneAskedFor() throws Exception {
    assertPrints("box\n", sh(namespaced(readonly().hostname("box")).build(), ROOT, "uname -n"));
    assertRefused(
        sh(readonly().hostname("box").build(), ROOT, "true"),
        "isolation.hostname needs namespaces");
  }

  @Test
  void noMoreUserNamespacesCanBeMadeEvenWithoutTheFilter() throws Exception {
    Outcome outcome =
        sh(namespaced(readonly()).build(), ROOT, "cat /proc/sys/user/max_user_namespaces");

    if (NamespacePolicy.canForbidNested()) {
      assertPrints("0\n", outcome);
    }
    assertFalse(Files.readString(Path.of("/proc/sys/user/max_user_namespaces")).equals("0\n"));
  }
}
