package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertDenied;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What commands can do to files, on this machine's kernel. */
@Tag("kernel")
class SandboxFilesTest {
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path work;
  private Path outside;

  @BeforeEach
  void makeFiles() throws IOException {
    Path root = temporary.toRealPath();
    work = Files.createDirectory(root.resolve("work"));
    outside = Files.createDirectory(root.resolve("outside"));
    Files.writeString(work.resolve("file"), "mine\n");
    Files.writeString(outside.resolve("file"), "secret\n");
  }

  private void assertOutsideUntouched() throws IOException {
    try (var files = Files.list(outside)) {
      assertEquals(List.of(outside.resolve("file")), files.toList());
    }
    assertEquals("secret\n", Files.readString(outside.resolve("file")));
  }

  private Policy tools(Policy.Builder builder) {
    builder.readExecute("/usr");
    for (String path : List.of("/bin", "/lib", "/lib64")) {
      if (Files.exists(Path.of(path))) {
        builder.readExecute(path);
      }
    }
    return builder.build();
  }

  // ---------------------------------------------------------------- readonly

  @ParameterizedTest
  @EachIsolation
  void readonlyReadsAnythingAndWritesNothing(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = readonly().isolation(isolation).build();

    assertPrints("mine\nsecret\n", sh(policy, work, "cat file $1/file", outside));
    assertDenied(sh(policy, work, "echo no > new"));
    assertDenied(sh(policy, work, "echo no > file"));
    assertDenied(sh(policy, work, "echo no >> $1/file", outside));
    assertDenied(sh(policy, work, "truncate -s 0 $1/file", outside));
    assertDenied(sh(policy, work, "mkdir $1/d", outside));
    assertDenied(sh(policy, work, "rm -f file"));
    assertDenied(sh(policy, work, "mv file other"));
    assertDenied(sh(policy, work, "ln file other"));
    assertDenied(sh(policy, work, "ln -s file other"));
    assertDenied(sh(policy, work, "mkfifo other"));
    assertDenied(sh(policy, work, "echo no > $1", outside.resolveSibling("cofferdam-no")));
    Outcome temporary = sh(policy, work, "echo no > /tmp/cofferdam-no");
    if (isolation == Isolation.NAMESPACE) {
      // It has a /tmp of its own.
      assertPrints("", temporary);
      assertFalse(Files.exists(Path.of("/tmp/cofferdam-no")));
    } else {
      assertDenied(temporary);
    }
    assertEquals("mine\n", Files.readString(work.resolve("file")));
    assertOutsideUntouched();
  }

  @ParameterizedTest
  @EachIsolation
  void readonlyHasItsOwnTemporaryDirectoryAndDevices(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = readonly().isolation(isolation).build();

    Outcome outcome =
        sh(
            policy,
            work,
            """
            echo gone > /dev/null && head -c 4 /dev/zero | wc -c && head -c 4 /dev/urandom | wc -c &&
            stat -c %a $TMPDIR && echo kept > $TMPDIR/f && cat $TMPDIR/f && mkdir $TMPDIR/d &&
            mv $TMPDIR/f $TMPDIR/d/f && echo $TMPDIR
            """);

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    String[] lines = text(outcome).split("\n");
    assertEquals(List.of("4", "4", "700", "kept"), List.of(lines).subList(0, 4));
    assertFalse(Files.exists(Path.of(lines[4], "d", "f")), lines[4]);
    assertEquals(isolation == Isolation.NAMESPACE, lines[4].equals("/tmp"), lines[4]);
  }

  @Test
  void readonlyChangesNoMetadata() throws Exception {
    Policy policy = readonly().build();
    Map<String, Object> before = Files.readAttributes(work.resolve("file"), "unix:mode,ctime");

    assertDenied(sh(policy, work, "chmod 600 file"));
    assertDenied(sh(policy, work, "chown $(id -u) file"));
    assertDenied(sh(policy, work, "touch -d 2001-01-01 file"));
    Outcome attribute = python(policy, work, "import os; os.setxattr('file', 'user.test', b'x')");
    assertTrue(text(attribute).contains("Operation not permitted"), () -> text(attribute));
    assertEquals(before, Files.readAttributes(work.resolve("file"), "unix:mode,ctime"));
  }

  @Test
  void withNamespacesMetadataStaysInsideTheWorkspace() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = workspace().isolation(Isolation.NAMESPACE).build();
    Map<String, Object> before = Files.readAttributes(outside.resolve("file"), "unix:mode,ctime");

    assertPrints("", sh(policy, work, "chmod 600 file && touch -d 2001-01-01 file"));
    assertDenied(sh(policy, work, "chmod 600 $1/file", outside));
    assertDenied(sh(policy, work, "touch -d 2001-01-01 $1/file", outside));
    assertEquals(before, Files.readAttributes(outside.resolve("file"), "unix:mode,ctime"));
  }

  // ---------------------------------------------------------------- workspace-write

  @ParameterizedTest
  @EachIsolation
  void workspaceWriteEndsAtTheWorkspace(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = workspace().isolation(isolation).build();
    Files.createSymbolicLink(work.resolve("link"), outside.resolve("file"));
    Files.createSymbolicLink(work.resolve("way"), outside);

    assertPrints(
        "two\n",
        sh(
            policy,
            work,
            "echo one > new && echo two > new && mkdir -p a/b && mv new a/b/new && ln a/b/new x"
                + " && cat x && rm -r a x"));
    assertDenied(sh(policy, work, "echo no > $1/file", outside));
    assertDenied(sh(policy, work, "echo no > link"));
    assertDenied(sh(policy, work, "echo no > way/new"));
    assertDenied(sh(policy, work, "echo no > ../outside/new"));
    assertDenied(sh(policy, work, "mv file $1/stolen", outside));
    assertDenied(sh(policy, work, "mv $1/file moved", outside));
    assertDenied(sh(policy, work, "ln $1/file taken", outside));
    assertDenied(sh(policy, work, "ln file $1/linked", outside));
    assertDenied(sh(policy, work, "rm -f $1/file", outside));
    assertFalse(Files.exists(work.resolve("taken"), LinkOption.NOFOLLOW_LINKS));
    assertEquals("mine\n", Files.readString(work.resolve("file")));
    assertOutsideUntouched();
  }

  @Test
  void theWorkspaceNeedNotBeTheWorkingDirectory() throws Exception {
    Policy policy = workspace().workspace(work.toString()).build();

    assertPrints("", sh(policy, outside, "echo new > ../work/new"));
    assertDenied(sh(policy, outside, "echo no > new"));
    assertEquals("new\n", Files.readString(work.resolve("new")));
    assertOutsideUntouched();
  }

  @Test
  void aWorkspaceThatIsMissingIsRefused() throws Exception {
    Path missing = work.resolve("missing");

    assertRefused(
        sh(workspace().workspace(missing.toString()).build(), work, "true"),
        "workspace " + missing + " does not exist");
    assertRefused(sh(readonly().build(), work.resolve("file"), "true"), "is not a directory");
  }

  @Test
  void readWriteListsAddToTheMode() throws Exception {
    Policy policy = readonly().readWrite(work.toString()).build();

    assertPrints(
        "new\n", sh(policy, outside, "echo new > $1/f && cat $1/f && cat file >$1/f", work));
    assertDenied(sh(policy, outside, "echo no > file"));
    assertOutsideUntouched();
  }

  // ---------------------------------------------------------------- lists

  @Test
  void onceAPathIsListedOnlyListedPathsCanBeRead() throws Exception {
    Policy policy = tools(readonly().readOnly(work.toString()));

    assertPrints("mine\n", sh(policy, work, "cat file"));
    assertDenied(sh(policy, work, "cat $1/file", outside));
    assertDenied(sh(policy, work, "ls $1", outside));
    assertDenied(sh(policy, work, "cat /etc/passwd"));
    assertDenied(sh(policy, work, "echo no > file"));
  }

  @Test
  void whatMayOnlyBeReadCannotBeExecuted() throws Exception {
    Path script = Files.writeString(work.resolve("script"), "#!/bin/sh\necho ran\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> command = List.of(script.toString());

    Outcome refused = Sandboxed.run(tools(readonly().readOnly(work.toString())), work, command);
    assertTrue(
        refused.ending() instanceof Ending.NotExecuted not
            && not.found()
            && not.reason().contains(script.toString()),
        refused::toJson);
    assertEquals(126, refused.ending().shellStatus());
    assertPrints(
        "ran\n", Sandboxed.run(tools(readonly().readExecute(work.toString())), work, command));
  }

  /** It is there, and the kernel says that it is not. */
  @ParameterizedTest
  @EachIsolation
  void aProgramThatIsNotListedIsSaidToBe(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = Policy.builder().isolation(isolation).readOnly("/etc").build();
    Outcome outcome = sh(policy, Path.of("/etc"), "true");

    assertTrue(outcome.ending() instanceof Ending.NotExecuted, outcome::toJson);
    assertTrue(outcome.toJson().contains("is not in read_execute"), outcome::toJson);
  }

  /** With namespaces nor by the loader, which Landlock does not see. */
  @ParameterizedTest
  @EachIsolation
  void whatMayOnlyBeReadIsNotMappedAsAProgram(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path copy = Files.copy(Path.of("/bin/true").toRealPath(), work.resolve("copy"));
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
    String script =
        "for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do"
            + " if [ -e $loader ]; then $loader $1 && echo ran; exit; fi; done; echo ran";
    for (Policy.Builder builder :
        List.of(
            readonly().readOnly(work.toString()),
            readonly().readOnly("/"),
            workspace().workspace(outside.toString()).readOnly(work.toString()))) {
      Sandbox sandbox = Sandboxed.of(tools(builder.isolation(isolation)));
      for (int i = 0; i < 3; i++) {
        Outcome outcome =
            sandbox
                .command(List.of("/bin/sh", "-c", script, "sh", copy.toString()))
                .directory(work)
                .mergeStderr()
                .captureOutput()
                .run();
        assertTrue(outcome.enforcement().isPresent(), outcome::toJson);
        EnforcedProtection files = outcome.enforcement().orElseThrow().of(Protection.FILESYSTEM);
        assertEquals(
            isolation == Isolation.BASIC, text(outcome).contains("ran"), () -> text(outcome));
        assertTrue(files.detail().contains("can still be run"), files::toString);
      }
    }
    // What is around it may be executed, and temporary files written.
    assertPrints(
        "ran\n",
        sh(
            tools(readonly().readOnly("/").isolation(isolation)),
            outside,
            "echo a > $TMPDIR/f && /bin/true && echo ran"));
  }

  @Test
  void aListedPathThatIsMissingIsRefused() throws Exception {
    assertRefused(
        sh(readonly().readOnly("/no/such/path").build(), work, "touch ran"),
        "filesystem.read_only names \"/no/such/path\"");
  }

  /** IO-07. */
  @Test
  void aWorkingDirectoryOutsideTheGrantsGivesNothing() throws Exception {
    Policy policy = tools(readonly());

    assertDenied(sh(policy, outside, "ls ."));
    assertDenied(sh(policy, outside, "cat file"));
    assertDenied(sh(policy, outside, "cat /proc/self/cwd/file"));
    assertDenied(sh(policy, outside, "cat ../work/file"));
  }

  // ---------------------------------------------------------------- full-access

  @ParameterizedTest
  @EachIsolation
  void fullAccessWritesAnywhereAndKeepsTheOtherWalls(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = fullAccess().isolation(isolation).build();

    assertPrints(
        "NoNewPrivs:\t1\nSeccomp:\t2\n",
        sh(
            policy,
            work,
            "echo new > $1/new && rm $1/new && grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status",
            outside));
    assertPrints(
        "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n",
        sh(policy, work, "grep -E '^Cap(Inh|Prm|Eff)' /proc/self/status"));
  }

  @Test
  void fullAccessWithListsIsRefused() throws Exception {
    for (Policy policy :
        List.of(
            fullAccess().readOnly("/usr").build(),
            fullAccess().readExecute("/usr").build(),
            fullAccess().readWrite("/usr").build())) {
      assertRefused(sh(policy, work, "touch ran"), "full-access restricts no files");
    }
    assertFalse(Files.exists(work.resolve("ran")));
  }

  // ---------------------------------------------------------------- blocked

  @Test
  void aBlockedPathUnderAGrantStaysClosed() throws Exception {
    Policy policy = readonly().blocked(outside.toString()).build();

    assertDenied(sh(policy, work, "cat $1/file", outside));
    assertDenied(sh(policy, work, "ls $1", outside));
    Outcome outcome = sh(policy, work, "cat file");
    assertPrints("mine\n", outcome);
    assertReported(
        ProtectionState.ENFORCED,
        Protection.FILESYSTEM,
        outcome,
        outside.getParent() + " itself is not granted");
  }

  @Test
  void aBlockedFileWithAnotherNameIsRefused() throws Exception {
    Path token = Files.createLink(work.resolve("token"), outside.resolve("file"));
    Policy policy = readonly().blocked(token.toString()).build();

    String reason =
        assertRefused(
            sh(policy, work, "touch ran"),
            "filesystem: the blocked path " + token,
            "the file has 2 names");
    // No mount covers the other name.
    assertFalse(reason.contains("isolation = namespace"), reason);
  }

  @Test
  void aBlockedPathOutsideAllGrantsNeedsNothing() throws Exception {
    Policy policy = tools(readonly().readOnly(work.toString()).blocked(outside.toString()));

    assertDenied(sh(policy, work, "cat $1/file", outside));
    assertPrints("mine\n", sh(policy, work, "cat file"));
  }

  @Test
  void bestEffortRunsAndReportsTheBlockedPath() throws Exception {
    Path token = Files.createLink(work.resolve("token"), outside.resolve("file"));
    Policy policy =
        readonly()
            .blocked(token.toString())
            .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
            .build();

    Outcome outcome = sh(policy, work, "cat token");

    assertPrints("secret\n", outcome);
    assertReported(ProtectionState.PARTIAL, Protection.FILESYSTEM, outcome, token.toString());
  }

  @ParameterizedTest
  @EnumSource
  void withNamespacesBlockedPathsAreCovered(Mode mode) throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path file = Files.writeString(work.resolve("token"), "secret\n");
    Policy policy =
        Policy.builder()
            .mode(mode)
            .isolation(Isolation.NAMESPACE)
            .blocked(outside.toString(), file.toString())
            .build();

    assertDenied(sh(policy, work, "ls $1", outside));
    assertDenied(sh(policy, work, "cat $1/file", outside));
    assertDenied(sh(policy, work, "cat /proc/self/root$1/file", outside));
    assertDenied(sh(policy, work, "cat token"));
    assertPrints("mine\n", sh(policy, work, "cat file"));
    Outcome umount = sh(policy, work, "umount $1 ; umount -l $1 ; cat $1/file", outside);
    assertFalse(text(umount).contains("secret"), () -> text(umount));
    assertEquals("secret\n", Files.readString(file));
    assertOutsideUntouched();
  }

  // ---------------------------------------------------------------- the temporary directory

  @Test
  void theTemporaryDirectoryIsRemovedWhateverIsInIt() throws Exception {
    Path victim = Files.createDirectory(outside.resolve("victim"));
    Files.writeString(victim.resolve("kept"), "kept\n");
    Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("r-xr-xr-x"));

    Outcome outcome =
        sh(
            workspace().build(),
            work,
            """
            cd $TMPDIR || exit 1
            mkdir -p closed/inner && echo x > closed/inner/f && chmod 000 closed/inner && chmod 000 closed
            mkdir readonly && echo x > readonly/f && chmod 500 readonly && mkdir -m 000 empty
            ln -s $1 directory && ln -s $1/kept file && ln -s /nowhere dangling && ln -s loop loop
            echo x > 'two
            lines' && mkdir '
            ' && mkfifo pipe
            d=deep; for i in $(seq 200); do d=$d/d; done; mkdir -p $d && echo x > $d/f
            echo $TMPDIR
            """,
            victim);

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    Path directory = Path.of(text(outcome).strip());
    assertTrue(directory.getFileName().toString().startsWith("cofferdam-"), text(outcome));
    assertFalse(Files.exists(directory, LinkOption.NOFOLLOW_LINKS));
    assertEquals("kept\n", Files.readString(victim.resolve("kept")));
    assertEquals("r-xr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(victim)));
    Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("rwx------"));
  }

  /** Deeper than a path can say, and deeper than there are descriptors for a directory each. */
  @Test
  void theTemporaryDirectoryIsRemovedHoweverDeepItIs() throws Exception {
    Outcome outcome =
        python(
            readonly().build(),
            work,
            """
            import os
            os.chdir(os.environ['TMPDIR'])
            for i in range(3000):
                os.mkdir('d'); os.chdir('d')
            open('f', 'w').close()
            print(os.environ['TMPDIR'])
            """);

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    assertFalse(Files.exists(Path.of(text(outcome).strip())), text(outcome));
  }
}
