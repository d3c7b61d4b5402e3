package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.assertAllRefused;
import static io.github.cofferdam.sandbox.Attempts.number;
import static io.github.cofferdam.sandbox.Attempts.tools;
import static io.github.cofferdam.sandbox.Sandboxed.assertDenied;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.testkit.KernelRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories that a command may change for itself alone, and attempts to change the host's. */
@Tag("kernel")
@FirstAndLaterRuns
class OverlayTest {
  private static final Path ROOT = Path.of("/");

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  /** The overlay, and a directory beside it that may be written. */
  private Path kept;

  private Path work;
  private String mounts;
  private Map<String, String> before;

  @BeforeEach
  void makeFiles() throws Exception {
    mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    Overlays.assumeAvailable();
    temporary = temporary.toRealPath();
    kept = Files.createDirectory(temporary.resolve("kept"));
    work = Files.createDirectory(temporary.resolve("work"));
    for (String name : List.of("file", "second", "third", "script")) {
      Files.writeString(kept.resolve(name), "mine\n");
    }
    Files.setPosixFilePermissions(
        kept.resolve("script"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(kept.resolve("link"), Path.of("file"));
    Files.createDirectories(kept.resolve("sub/deep"));
    Files.writeString(kept.resolve("sub/inner"), "inner\n");
    Files.writeString(kept.resolve("sub/deep/deepest"), "deepest\n");
    Files.writeString(kept.resolve("linked"), "linked\n");
    Files.createLink(work.resolve("linked"), kept.resolve("linked"));
    Files.writeString(work.resolve("mine"), "mine\n");
    before = everything(kept);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals(mounts, Files.readString(Path.of("/proc/self/mountinfo")));
    assertEquals(List.of(), Sandboxed.temporaries());
  }

  /** What there is, with its content, mode, names, owner and times. */
  private static Map<String, String> everything(Path directory) throws IOException {
    var found = new TreeMap<String, String>();
    try (var all = Files.walk(directory)) {
      for (Path path : all.toList()) {
        String content =
            Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.readString(path) : "";
        String attributes = "unix:mode,ino,nlink,uid,gid,size,lastModifiedTime,ctime";
        found.put(
            path.toString(),
            Files.readAttributes(path, attributes, LinkOption.NOFOLLOW_LINKS) + content);
      }
    }
    return found;
  }

  private static Policy.Builder namespaced(Policy.Builder builder) {
    return builder.isolation(Isolation.NAMESPACE);
  }

  /** In the host's root, and in one that has only what is granted. */
  private static List<Policy.Builder> roots() {
    return List.of(namespaced(readonly()), tools(Isolation.NAMESPACE));
  }

  private static void assertBusy(Outcome outcome) {
    assertTrue(text(outcome).contains("busy"), () -> outcome.ending() + text(outcome));
  }

  // ---------------------------------------------------------------- attempts

  /** Whatever comes of each: with the command it stays so, and on the host nothing has changed. */
  private static final String CHANGES =
      """
      import fcntl, mmap, shutil, stat, struct
      kept, work = sys.argv[1], sys.argv[2]
      def opened(path, flags, action):
          fd = os.open(path, flags)
          try: return action(fd)
          finally: os.close(fd)
      def mapped(fd):
          with mmap.mmap(fd, 0) as memory: memory[0:4] = b'MINE'
      def temporary():
          fd = os.open(kept, os.O_TMPFILE | os.O_RDWR)
          os.write(fd, b'x')
          os.link('/proc/self/fd/%d' % fd, kept + '/tmpfile', follow_symlinks=True)
      attempt('write', lambda: write(kept + '/file'))
      attempt('sub', lambda: write(kept + '/sub/inner'))
      attempt('follow', lambda: write(kept + '/link'))
      attempt('linked', lambda: write(kept + '/linked'))
      attempt('append', lambda: opened(
          kept + '/second', os.O_WRONLY | os.O_APPEND, lambda fd: os.write(fd, b'more')))
      attempt('truncate', lambda: os.truncate(kept + '/third', 0))
      attempt('map', lambda: opened(kept + '/script', os.O_RDWR, mapped))
      attempt('root', lambda: write('/proc/self/root' + kept + '/sub/deep/deepest'))
      attempt('dots', lambda: write(kept + '/sub/../../kept/second'))
      os.chdir(kept + '/sub')
      attempt('cwd', lambda: write('/proc/self/cwd/../file'))
      os.chdir('/')
      attempt('again', lambda: opened(kept + '/file', os.O_RDONLY, lambda fd: write(
          '/proc/self/fd/%d' % fd)))
      attempt('chmod', lambda: os.chmod(kept + '/second', 0o777))
      attempt('chmodroot', lambda: os.chmod(kept, 0o777))
      attempt('fchmod', lambda: opened(
          kept + '/script', os.O_RDONLY, lambda fd: os.fchmod(fd, 0o777)))
      attempt('utime', lambda: os.utime(kept + '/sub/deep', (0, 0)))
      attempt('utimeroot', lambda: os.utime(kept, (0, 0)))
      attempt('lutime', lambda: os.utime(kept + '/link', (0, 0), follow_symlinks=False))
      attempt('chown', lambda: os.chown(kept + '/third', os.getuid(), os.getgid()))
      attempt('xattr', lambda: os.setxattr(kept + '/third', 'user.test', b'x'))
      attempt('hint', lambda: opened(kept + '/sub/deep/deepest', os.O_RDONLY,
          lambda fd: fcntl.fcntl(fd, 1036, struct.pack('Q', 2)))) # F_SET_RW_HINT
      attempt('flags', lambda: opened(kept + '/sub/deep/deepest', os.O_RDONLY,
          lambda fd: fcntl.ioctl(fd, 0x40086602, struct.pack('l', 0x40)))) # FS_IOC_SETFLAGS
      attempt('allocate', lambda: opened(
          kept + '/second', os.O_RDWR, lambda fd: os.posix_fallocate(fd, 0, 10000)))
      attempt('create', lambda: write(kept + '/new'))
      attempt('mkdir', lambda: os.mkdir(kept + '/directory'))
      attempt('symlink', lambda: os.symlink('/etc', kept + '/sub/way'))
      attempt('fifo', lambda: os.mkfifo(kept + '/fifo'))
      attempt('link', lambda: os.link(kept + '/file', kept + '/another'))
      attempt('tmpfile', temporary)
      attempt('rename', lambda: os.rename(kept + '/second', kept + '/sub/moved'))
      attempt('replace', lambda: os.rename(kept + '/new', kept + '/file'))
      attempt('exchange', lambda: call(
          int(sys.argv[3]), -100, (kept + '/third').encode(), -100, (kept + '/file').encode(), 2))
      attempt('renamedir', lambda: os.rename(kept + '/sub/deep', kept + '/sub/deep2'))
      attempt('unlink', lambda: os.unlink(kept + '/link'))
      attempt('tree', lambda: shutil.rmtree(kept + '/sub'))
      """;

  @Test
  void nothingThatTheCommandDoesChangesTheHost() throws Exception {
    Map<String, String> beside = everything(work);
    for (Policy.Builder root : roots()) {
      Policy policy = root.overlay(kept).readWrite(work).build();

      Map<String, String> results =
          Attempts.confined(policy, work, CHANGES, kept, work, number("renameat2"));

      assertEquals(before, everything(kept), results::toString);
      assertEquals(beside, everything(work), results::toString);
      assertEquals(34, results.size(), results::toString);
      for (String worked : List.of("write", "linked", "append", "map", "chmod", "rename")) {
        assertTrue(String.valueOf(results.get(worked)).startsWith("ok"), results::toString);
      }
    }
    // Without a sandbox, all of it changes what is there.
    Map<String, String> free = Attempts.free(work, CHANGES, kept, work, number("renameat2"));
    assertFalse(before.equals(everything(kept)), free::toString);
  }

  @Test
  void nothingPassesBetweenTheOverlayAndTheHostsFiles() throws Exception {
    String script =
        """
        kept, work = sys.argv[1], sys.argv[2]
        attempt('linkout', lambda: os.link(kept + '/file', work + '/linked2'))
        attempt('linkin', lambda: os.link(work + '/mine', kept + '/linked2'))
        attempt('moveout', lambda: os.rename(kept + '/file', work + '/moved'))
        attempt('movein', lambda: os.rename(work + '/mine', kept + '/moved'))
        attempt('movedir', lambda: os.rename(kept + '/sub', work + '/sub'))
        attempt('over', lambda: os.rename(work, kept))
        attempt('itself', lambda: os.rename(kept, kept + '2'))
        attempt('remove', lambda: os.rmdir(kept))
        """;
    Map<String, String> beside = everything(work);
    for (Policy.Builder root : roots()) {
      Policy policy = root.overlay(kept).readWrite(work).build();
      assertAllRefused(8, Attempts.confined(policy, work, script, kept, work));
    }
    assertEquals(before, everything(kept));
    assertEquals(beside, everything(work));
  }

  /** Where what is written lies is hidden, and no mount can be changed. */
  @Test
  void theLayersAreOutOfReach() throws Exception {
    String script =
        """
        kept = sys.argv[1]
        write(kept + '/needle')
        options = [line.split(' - ')[1].split()[2] for line in open('/proc/self/mountinfo')
                   if ' ' + kept + ' ' in line][-1]
        upper = [o[9:] for o in options.split(',') if o.startswith('upperdir=')][0]
        work = [o[8:] for o in options.split(',') if o.startswith('workdir=')][0]
        for n, path in enumerate([upper, work, upper + '/needle', os.path.dirname(upper),
                '/proc/overlay0', '/tmp/overlay0', '/overlay0', '/dev/shm/overlay0',
                '/proc/self/root/proc/overlay0', '/proc/1/root/tmp/overlay0']):
            attempt('path%d' % n, lambda: os.stat(path))
        mount, umount2, tree, fsopen, unshare, setattr = map(int, sys.argv[2:])
        place = kept.encode()
        attempt('remount', lambda: call(mount, b'none', place, 0, 0x1020, 0))
        attempt('bind', lambda: call(mount, place, b'/tmp', 0, 0x1000, 0))
        attempt('umount', lambda: call(umount2, place, 2))
        attempt('umountproc', lambda: call(umount2, b'/proc', 2))
        attempt('umounttmp', lambda: call(umount2, b'/tmp', 2))
        attempt('tree', lambda: call(tree, -100, place, 1))
        attempt('fsopen', lambda: call(fsopen, b'overlay', 0))
        attempt('unshare', lambda: call(unshare, 0x10020000))
        attributes = (ctypes.c_uint64 * 4)(0, 1, 0, 0)
        attempt('setattr', lambda: call(setattr, -100, place, 0, attributes, 32))
        """;
    Object[] arguments = {
      kept,
      number("mount"),
      number("umount2"),
      number("open_tree"),
      number("fsopen"),
      number("unshare"),
      number("mount_setattr")
    };
    for (Policy.Builder root : roots()) {
      Policy policy = root.overlay(kept).build();
      assertAllRefused(19, Attempts.confined(policy, ROOT, script, arguments));
    }
    assertEquals(before, everything(kept));
  }

  /** A bind shows the host's directory; what an overlay keeps as it is cannot be written there. */
  @Test
  void theHostsDirectoryIsNotWrittenWhereSomethingElseShowsIt() throws Exception {
    for (Policy.Builder root : roots()) {
      Policy above = root.overlay(kept).bind(temporary, Path.of("/tmp/all"), true).build();
      assertDenied(sh(above, ROOT, "echo no > /tmp/all/kept/file"));
      assertDenied(sh(above, ROOT, "touch /tmp/all/kept/sub/new"));
      assertBusy(sh(above, ROOT, "mv /tmp/all/kept /tmp/all/moved"));
      assertPrints("mine\n", sh(above, ROOT, "echo new > $1/file; cat /tmp/all/kept/file", kept));
    }
    Policy read = namespaced(readonly()).overlay(kept).bind(kept, Path.of("/tmp/x"), false).build();
    assertPrints("mine\n", sh(read, ROOT, "echo new > $1/file; cat /tmp/x/file", kept));
    assertDenied(sh(read, ROOT, "echo no > /tmp/x/file"));
    assertEquals(before, everything(kept));
    Path link = Files.createSymbolicLink(temporary.resolve("other"), kept);
    Policy both = namespaced(readonly()).overlay(kept).bind(link, Path.of("/tmp/x"), true).build();
    assertRefused(sh(both, ROOT, "true"), "stands in overlay", "and in bind_mounts");
    Policy instead = namespaced(readonly()).overlay(link).bind(work, kept, false).build();
    assertRefused(sh(instead, ROOT, "true"), "bind_mounts puts something else there");
  }

  // ---------------------------------------------------------------- runs

  @Test
  void eachRunBeginsWithWhatTheHostHas() throws Exception {
    for (Policy.Builder root : roots()) {
      Sandbox sandbox = Sandbox.of(root.overlay(kept).build());
      for (int i = 0; i < 4; i++) {
        Outcome outcome =
            Sandboxed.runOnce(
                sandbox,
                ROOT,
                List.of(
                    "/bin/sh",
                    "-c",
                    "cat $1/file && ls $1 | wc -l && echo new > $1/file && touch $1/new && rm"
                        + " $1/second && cat $1/file && ls $1 | wc -l",
                    "sh",
                    kept.toString()));
        Sandboxed.assumeLandlockSuffices(outcome);
        assertPrints("mine\n7\nnew\n7\n", outcome);
        assertReported(ProtectionState.ENFORCED, Protection.FILESYSTEM, outcome);
        assertReported(ProtectionState.ENFORCED, Protection.METADATA, outcome);
      }
    }
    assertEquals(before, everything(kept));
  }

  @Test
  void aDryRunShowsIt() throws Exception {
    DryRun dry =
        Sandboxed.of(namespaced(readonly()).overlay(kept).build()).command("true").dryRun();

    assertTrue(dry.steps().toString().contains("mount(\"overlay\""), () -> dry.steps().toString());
    DryRun without = Sandboxed.of(namespaced(readonly()).build()).command("true").dryRun();
    assertFalse(without.steps().toString().contains("mount(\"overlay\""));
  }

  @Test
  void namesMayHaveAnyBytes() throws Exception {
    for (String name : List.of("a,b:c\\d", "x,userxattr", "*?", "caf\udce9")) {
      Path odd = OsText.path(OsText.of(temporary) + "/" + name);
      Files.createDirectory(odd);
      Path file = Files.writeString(odd.resolve("file"), "mine\n");
      Policy policy = namespaced(readonly()).overlay(odd).build();

      assertPrints("new\n", sh(policy, ROOT, "echo new > \"$1\" && cat \"$1\"", OsText.of(file)));
      assertEquals("mine\n", Files.readString(file));
    }
  }

  /** Documented: a copy would belong to somebody whom the command's user namespace has not. */
  @Test
  void whatBelongsToOthersCannotBeWritten() throws Exception {
    assumeTrue(Sandboxed.isHostsRoot(), "only root gives files away");
    Path theirs = Files.writeString(kept.resolve("theirs"), "theirs\n");
    Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setAttribute(theirs, "unix:uid", 65534);
    Policy policy = namespaced(readonly()).overlay(kept).build();

    Outcome outcome = sh(policy, ROOT, "cat $1/theirs; echo no > $1/theirs", kept);

    assertTrue(text(outcome).startsWith("theirs\n"), text(outcome));
    assertTrue(text(outcome).contains("Value too large"), text(outcome));
    assertPrints("", sh(policy, ROOT, "rm $1/theirs && echo mine > $1/theirs", kept));
    assertEquals("theirs\n", Files.readString(theirs));
  }

  /** Documented: a directory that the host has keeps its name, and files stay what they were. */
  @Test
  void whatAnOverlayDoesOtherwise() throws Exception {
    Map<String, String> results =
        Attempts.confined(
            namespaced(readonly()).overlay(kept).build(),
            ROOT,
            """
            import mmap, shutil
            kept = sys.argv[1]
            before = mmap.mmap(os.open(kept + '/file', os.O_RDONLY), 0, prot=mmap.PROT_READ)
            attempt('rename', lambda: os.rename(kept + '/sub', kept + '/sub2'))
            attempt('write', lambda: write(kept + '/file'))
            attempt('before', lambda: before[:4].decode())
            attempt('after', lambda: read(kept + '/file'))
            attempt('remove', lambda: shutil.rmtree(kept + '/sub'))
            attempt('again', lambda: os.mkdir(kept + '/sub'))
            attempt('mode', lambda: oct(os.stat(kept).st_mode))
            """,
            kept);

    assertEquals("EXDEV", results.get("rename"), results::toString);
    assertEquals("ok mine", results.get("before"), results::toString);
    assertEquals("ok overwritten", results.get("after"), results::toString);
    assertEquals("ok 0o40755", results.get("mode"), results::toString);
    // What it takes are extended attributes of what is in memory.
    boolean removes = "ok None".equals(results.get("remove"));
    assertTrue(removes || "EIO".equals(results.get("remove")), results::toString);
    assertEquals(removes ? "ok None" : "EEXIST", results.get("again"), results::toString);
    assertTrue(!removes || KernelRelease.isAtLeast(6, 6), results::toString);
  }

  @Test
  void programsRunWhereAPathAboveSaysSo() throws Exception {
    String script = "printf '#!/bin/sh\\necho ran\\n' > $1/x; chmod 755 $1/x; $1/x";
    assertPrints("ran\n", sh(namespaced(readonly()).overlay(kept).build(), ROOT, script, kept));
    assertDenied(sh(tools(Isolation.NAMESPACE).overlay(kept).build(), ROOT, script, kept));
  }

  // ---------------------------------------------------------------- together with other keys

  @Test
  void theMostSpecificPathDecides() throws Exception {
    Path sub = kept.resolve("sub");
    Path deep = sub.resolve("deep");
    for (Policy.Builder root : roots()) {
      Policy within =
          root.overlay(kept)
              .readExecute("/usr")
              .readOnly(sub)
              .readWrite(deep)
              .blocked(kept.resolve("second"))
              .build();
      assertDenied(sh(within, ROOT, "echo no > $1/sub/inner", kept));
      assertDenied(sh(within, ROOT, "cat $1/second", kept));
      assertBusy(sh(within, ROOT, "rm -f $1/second", kept));
      assertPrints("", sh(within, ROOT, "echo x > $1/file && echo x > $1/sub/deep/out", kept));
      assertEquals("x\n", Files.readString(deep.resolve("out")));
      Files.delete(deep.resolve("out"));
    }
    assertEquals("mine\n", Files.readString(kept.resolve("file")));
    for (Policy.Builder root : roots()) {
      Policy above = root.readWrite(temporary).overlay(kept).build();
      assertPrints("", sh(above, ROOT, "echo x > $1/kept/file && touch $1/new", temporary));
      assertBusy(sh(above, ROOT, "mv $1/kept $1/moved", temporary));
      assertTrue(Files.exists(temporary.resolve("new")));
      Files.delete(temporary.resolve("new"));
    }
    Policy reading = tools(Isolation.NAMESPACE).readOnly(temporary).overlay(kept).build();
    assertPrints("", sh(reading, ROOT, "echo x > $1/kept/file", temporary));
    assertDenied(sh(reading, ROOT, "echo x > $1/work/mine", temporary));
    Policy blocked = namespaced(readonly()).blocked(temporary).overlay(kept).build();
    assertPrints("new\n", sh(blocked, ROOT, "echo new > $1/file; cat $1/file", kept));
    assertPrints("gone\n", sh(blocked, ROOT, "cat $1/work/* 2>&- || echo gone", temporary));
    assertEquals("mine\n", Files.readString(kept.resolve("file")));
  }

  @Test
  void theWorkspaceInAnOverlayIsWrittenOnTheHost() throws Exception {
    Path sub = kept.resolve("sub");
    Policy policy = namespaced(workspace()).workspace(sub).overlay(kept).build();

    assertPrints("", sh(policy, sub, "echo new > inner && echo new > ../file"));

    assertEquals("new\n", Files.readString(sub.resolve("inner")));
    assertEquals("mine\n", Files.readString(kept.resolve("file")));
    Policy both = namespaced(workspace()).overlay(kept).build();
    assertRefused(sh(both, kept, "true"), "which is the workspace", "mode readonly");
    assertPrints("", sh(namespaced(readonly()).overlay(".").build(), kept, "rm sub/inner"));
    assertTrue(Files.exists(sub.resolve("inner")));
  }

  @Test
  void theSizeHoldsForAllThatIsStored() throws Exception {
    Policy policy =
        namespaced(readonly())
            .overlay(kept)
            .overlay(work)
            .temporarySize(1 << 20)
            .limit(TreeLimit.DISK, 1 << 20)
            .build();
    String fill = "head -c 600000 /dev/zero > $1/a; head -c 600000 /dev/zero > $2/a; ls -s $2/a";

    for (List<Path> places :
        List.of(
            List.of(kept, work),
            List.of(kept, Path.of("/tmp")),
            List.of(Path.of("/dev/shm"), work))) {
      Outcome outcome = sh(policy, ROOT, fill, places.get(0), places.get(1));
      assertTrue(text(outcome).contains("No space left"), text(outcome));
      assertReported(
          ProtectionState.ENFORCED, Protection.LIMITS, outcome, "/tmp, /dev/shm and overlays");
    }
  }

  // ---------------------------------------------------------------- what cannot be

  @Test
  void itNeedsARootOfTheCommandsOwn() throws Exception {
    for (Policy policy :
        List.of(readonly().overlay(kept).build(), namespaced(fullAccess()).overlay(kept).build())) {
      assertRefused(
          sh(policy, ROOT, "true"),
          "filesystem.overlay needs a root of the command's own",
          "isolation = namespace");
    }
  }

  @Test
  void onlyADirectoryOfTheHostsCanBeOne() throws Exception {
    for (Map.Entry<String, String> wrong :
        Map.of(
                kept.resolve("file").toString(),
                "which is no directory",
                "/proc/self",
                "the command's own",
                "/dev/pts",
                "the command's own",
                kept + "/nothing",
                "there is no " + kept + "/nothing",
                "/usr/..",
                "the root directory")
            .entrySet()) {
      Policy policy = namespaced(readonly()).overlay(wrong.getKey()).build();
      assertRefused(sh(policy, ROOT, "true"), "filesystem.overlay names", wrong.getValue());
    }
    Policy optional = namespaced(readonly()).overlay(kept + "/nothing?").build();
    assertDenied(sh(optional, ROOT, "touch $1/nothing", kept));
  }

  @Test
  void whatAnotherNameLeadsToInAnotherListIsRefused() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("other"), kept);
    for (Policy policy :
        List.of(
            namespaced(readonly()).overlay(kept).readWrite(link).build(),
            namespaced(readonly()).overlay(kept).readExecute(link).build(),
            namespaced(readonly()).overlay(link).blocked(kept).build())) {
      assertRefused(sh(policy, ROOT, "true"), "stands in both", "overlay");
    }
    Policy replaced = namespaced(readonly()).overlay(link).readWrite(temporary).build();
    assertRefused(sh(replaced, ROOT, "true"), "filesystem.overlay", "symbolic link");
  }

  @Test
  void aDirectoryInWhichSomethingIsMountedIsRefused() throws Exception {
    Path around =
        MountInfo.read().mounts().stream()
            .map(MountInfo.Mount::point)
            .filter(point -> point.getNameCount() > 1)
            .filter(point -> !point.startsWith("/proc") && !point.startsWith("/dev"))
            .map(Path::getParent)
            .filter(Files::isReadable)
            .findFirst()
            .orElse(ROOT);
    assumeTrue(!around.equals(ROOT), "nothing is mounted anywhere but in / and what is special");
    Policy policy = namespaced(readonly()).overlay(around).build();

    assertRefused(sh(policy, ROOT, "true"), "in which something is mounted at " + around);
  }
}
