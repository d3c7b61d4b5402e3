package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.NO;
import static io.github.cofferdam.sandbox.Attempts.assertAll;
import static io.github.cofferdam.sandbox.Attempts.assertAllRefused;
import static io.github.cofferdam.sandbox.Attempts.number;
import static io.github.cofferdam.sandbox.Attempts.tools;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Attempts on files, each with the number that it has in the collection beside the project; {@link
 * AttemptsCoverageTest} sees to it that none is left out.
 */
@Tag("kernel")
@FirstAndLaterRuns
class FileAttemptsTest {
  @TempDir private Path temporary;
  private Path work;
  private Path outside;
  private Path secret;

  @BeforeEach
  void makeFiles() throws IOException {
    Path root = temporary.toRealPath();
    work = Files.createDirectory(root.resolve("work"));
    // As long as the other: a race writes one over the other.
    outside = Files.createDirectory(root.resolve("hide"));
    secret = Files.writeString(outside.resolve("file"), "secret");
    Files.writeString(work.resolve("file"), "public");
  }

  private void assertOutsideUntouched() throws IOException {
    try (var files = Files.list(outside)) {
      assertEquals(List.of(secret), files.toList());
    }
    assertEquals("secret", Files.readString(secret));
    assertTrue(Files.isRegularFile(secret, LinkOption.NOFOLLOW_LINKS));
  }

  private Policy writable(Isolation isolation) {
    return tools(isolation).readWrite(work.toString()).build();
  }

  /** All of the test's files may be written, save for one path. */
  private Policy blocked(Isolation isolation, Path path) {
    // Nothing above is granted: what others do in their temporary files would get in the way.
    return tools(isolation)
        .readWrite(Objects.requireNonNull(work.getParent()).toString())
        .blocked(path.toString())
        .build();
  }

  // ---------------------------------------------------------------- paths to what is not granted

  /** FS-01, FS-02, FS-03. */
  @ParameterizedTest
  @EachIsolation
  void noPathLeadsOutOfTheGrants(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        secret, work = sys.argv[1], sys.argv[2]
        attempt('direct', lambda: read(secret))
        attempt('write', lambda: write(secret))
        attempt('dots', lambda: read(work + '/../hide/file'))
        attempt('relative', lambda: read('../hide/file'))
        attempt('list', lambda: os.listdir('../hide'))
        attempt('proc', lambda: read('/proc/self/root' + secret))
        attempt('cwd', lambda: read('/proc/self/cwd/../hide/file'))
        os.symlink(secret, 'link')
        os.symlink('../hide', 'way')
        attempt('link', lambda: read('link'))
        attempt('way', lambda: read('way/file'))
        attempt('through', lambda: write('way/new'))
        """;

    assertAllRefused(10, Attempts.confined(writable(isolation), work, script, secret, work));
    assertOutsideUntouched();
    Files.delete(work.resolve("link"));
    Files.delete(work.resolve("way"));
    Files.delete(outside.resolve("file"));
    Files.writeString(secret, "secret");
    Map<String, String> free = Attempts.free(work, script, secret, work);
    assertTrue(free.values().stream().allMatch(result -> result.startsWith("ok")), free::toString);
  }

  /** FS-04: what is protected keeps its name, too. */
  @ParameterizedTest
  @EachIsolation
  void aProtectedDirectoryIsNotReplaced(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path git = Files.createDirectory(work.resolve(".git"));
    Files.writeString(git.resolve("config"), "mine");
    Path decoy = Files.createDirectory(work.resolve("decoy"));
    Policy policy = blocked(isolation, git);

    Map<String, String> results =
        Attempts.confined(
            policy,
            work,
            """
            attempt('write', lambda: write('.git/config'))
            attempt('rename', lambda: os.rename('.git', '.git2'))
            attempt('over', lambda: os.rename('decoy', '.git'))
            attempt('exchange', lambda: call(int(sys.argv[1]), -100, b'decoy', -100, b'.git', 2))
            attempt('symlink', lambda: os.symlink('decoy', '.git'))
            attempt('remove', lambda: os.unlink('.git/config'))
            attempt('rmdir', lambda: os.rmdir('.git'))
            """,
            number("renameat2"));

    assertEquals(7, results.size());
    results.forEach((name, result) ->
        assertTrue(
            NO.contains(result) || List.of("EEXIST", "ENOTEMPTY").contains(result),
            results::toString));
    assertTrue(Files.isDirectory(git, LinkOption.NOFOLLOW_LINKS));
    assertEquals("mine", Files.readString(git.resolve("config")));
    try (var left = Files.list(decoy)) {
      assertEquals(0, left.count());
    }
  }

  /** FS-06. */
  @ParameterizedTest
  @EachIsolation
  void whatMayBeReadIsNotMovedOrLinked(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        tools(isolation).readOnly(outside.toString()).readWrite(work.toString()).build();

    Map<String, String> results =
        Attempts.confined(
            policy,
            work,
            """
            attempt('read', lambda: read(sys.argv[1]))
            attempt('move', lambda: os.rename(sys.argv[1], 'taken'))
            attempt('link', lambda: os.link(sys.argv[1], 'taken'))
            attempt('exchange', lambda: call(
                int(sys.argv[2]), -100, sys.argv[1].encode(), -100, b'file', 2))
            attempt('put', lambda: os.rename('file', os.path.dirname(sys.argv[1]) + '/put'))
            attempt('remove', lambda: os.unlink(sys.argv[1]))
            """,
            secret,
            number("renameat2"));

    assertEquals("ok secret", results.remove("read"));
    assertAllRefused(5, results);
    assertOutsideUntouched();
    assertFalse(Files.exists(work.resolve("taken")));
  }

  /** FS-08. */
  @ParameterizedTest
  @EachIsolation
  void processesOutsideAreNoWayToFiles(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        process = '/proc/' + sys.argv[1]
        attempt('root', lambda: read(process + '/root' + sys.argv[2]))
        attempt('cwd', lambda: read(process + '/cwd/file'))
        attempt('fd', lambda: read(process + '/fd/0'))
        attempt('exe', lambda: os.readlink(process + '/exe'))
        attempt('environ', lambda: read(process + '/environ'))
        attempt('maps', lambda: read(process + '/maps'))
        """;
    Process victim =
        new ProcessBuilder("sleep", marker())
            .directory(outside.toFile())
            .redirectInput(secret.toFile())
            .start();
    try {
      assertAllRefused(
          6,
          Attempts.confined(
              readonly().isolation(isolation).build(), work, script, victim.pid(), secret));
      Map<String, String> free = Attempts.free(work, script, victim.pid(), secret);
      assertEquals("ok secret", free.get("root"), free::toString);
      assertEquals("ok secret", free.get("cwd"), free::toString);
    } finally {
      victim.destroyForcibly().waitFor();
    }
  }

  /** FS-10: nobody decides by paths, so there is no call that was forgotten. */
  @ParameterizedTest
  @EachIsolation
  void aBlockedPathIsClosedToEveryCall(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = blocked(isolation, outside);
    String script =
        """
        secret, hide = sys.argv[1].encode(), os.path.dirname(sys.argv[1])
        openat2, truncate, renameat2, open_tree = [int(n) for n in sys.argv[2:6]]
        how = (ctypes.c_uint64 * 3)(0, 0, 0)
        def content(fd):
            try: return os.read(fd, 100).decode()
            finally: os.close(fd)
        def again(path):
            fd = os.open(path, os.O_PATH)
            return read('/proc/self/fd/%d' % fd)
        def below(path):
            fd = os.open(path, os.O_PATH | os.O_DIRECTORY)
            return content(os.open('file', os.O_RDONLY, dir_fd=fd))
        def enter(path):
            os.chdir(path)
            try: return read('file')
            finally: os.chdir('/')
        def linked(path):
            link = os.environ['TMPDIR'] + '/link'
            os.symlink(path, link)
            return read(link)
        attempt('open', lambda: read(secret))
        attempt('openat2', lambda: content(call(openat2, -100, secret, how, 24)))
        attempt('O_PATH', lambda: again(secret))
        attempt('below', lambda: below(hide))
        attempt('chdir', lambda: enter(hide))
        attempt('list', lambda: os.listdir(hide))
        attempt('symlink', lambda: linked(secret))
        attempt('root', lambda: read('/proc/self/root' + sys.argv[1]))
        attempt('thread', lambda: read('/proc/thread-self/root' + sys.argv[1]))
        attempt('truncate', lambda: call(truncate, secret, 0))
        attempt('rename', lambda: os.rename(secret, os.environ['TMPDIR'] + '/taken'))
        attempt('renameat2', lambda: call(renameat2, -100, secret, -100, b'/tmp/taken', 1))
        attempt('parent', lambda: os.rename(hide, hide + '2'))
        attempt('grandparent', lambda: os.rename(os.path.dirname(hide), '/tmp/taken'))
        attempt('link', lambda: os.link(secret, os.environ['TMPDIR'] + '/linked'))
        attempt('unlink', lambda: os.unlink(secret))
        attempt('execute', lambda: os.execv(secret, ['x']))
        attempt('tree', lambda: call(open_tree, -100, secret, 1))
        """;
    Object[] arguments = {
      secret, number("openat2"), number("truncate"), number("renameat2"), number("open_tree")
    };

    assertAllRefused(18, Attempts.confined(policy, work, script, arguments));
    assertOutsideUntouched();
  }

  /** FS-11: the kernel looks at the file that it opens, not at a name that can change meanwhile. */
  @ParameterizedTest
  @EachIsolation
  void aNameThatChangesUnderTheCallWinsNothing(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = blocked(isolation, outside);
    String script =
        """
        import threading
        sys.setswitchinterval(0.000001)
        good, bad = os.getcwd().encode() + b'/file', sys.argv[1].encode()
        assert len(good) == len(bad)
        name = ctypes.create_string_buffer(good)
        race = True
        def flip():
            while race:
                ctypes.memmove(name, bad, len(bad))
                ctypes.memmove(name, good, len(good))
        flipper = threading.Thread(target=flip)
        flipper.start()
        won = opened = refused = 0
        for i in range(40000):
            fd = libc.open(name, 0)
            if fd < 0:
                refused += 1
            else:
                opened += 1
                won += os.read(fd, 10) == b'secret'
                os.close(fd)
        race = False
        flipper.join()
        print('won', won)
        print('both', opened > 0 and (refused > 0 or won > 0))
        """;

    assertEquals(
        Map.of("won", "0", "both", "True"), Attempts.confined(policy, work, script, secret));
    assertTrue(Integer.parseInt(Attempts.free(work, script, secret).get("won")) > 0);
  }

  // ---------------------------------------------------------------- what is not content

  /** FS-12: Landlock's gap, closed by seccomp or by mounts. */
  @ParameterizedTest
  @EachIsolation
  void readOnlyFilesKeepTheirMetadata(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String attributes = "unix:mode,uid,gid,ctime,lastModifiedTime";
    Map<String, Object> before = Files.readAttributes(secret, attributes);
    Policy policy = readonly().isolation(isolation).build();

    assertAllRefused(
        7,
        Attempts.confined(
            policy,
            work,
            """
            import fcntl, stat, struct
            file = sys.argv[1]
            attempt('chmod', lambda: os.chmod(file, 0o777))
            attempt('chown', lambda: os.chown(file, os.getuid(), -1))
            attempt('utime', lambda: os.utime(file, (0, 0)))
            attempt('setxattr', lambda: os.setxattr(file, 'user.test', b'x'))
            def opened(change):
                fd = os.open(file, os.O_RDONLY)
                try: change(fd)
                finally: os.close(fd)
            attempt('fchmod', lambda: opened(lambda fd: os.fchmod(fd, 0o777)))
            attempt('futimens', lambda: opened(lambda fd: os.utime(fd, (0, 0))))
            attempt('hint', lambda: opened(
                lambda fd: fcntl.fcntl(fd, 1036, struct.pack('Q', 2)))) # F_SET_RW_HINT
            """,
            secret));
    assertEquals(before, Files.readAttributes(secret, attributes));
  }

  /** FS-13: Landlock does not hide names, which the documentation says; a private root does. */
  @ParameterizedTest
  @EachIsolation
  void existenceIsHiddenByAPrivateRootAlone(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Map<String, String> results =
        Attempts.confined(
            writable(isolation),
            work,
            """
            attempt('root', lambda: os.listdir('/'))
            attempt('there', lambda: os.stat(sys.argv[1]).st_size)
            attempt('missing', lambda: os.stat(sys.argv[1] + '-no').st_size)
            attempt('open', lambda: read(sys.argv[1]))
            """,
            secret);

    assertEquals("ENOENT", results.get("missing"), results::toString);
    if (isolation == Isolation.BASIC) {
      assertEquals("ok 6", results.get("there"), results::toString);
      assertEquals("EACCES", results.get("open"), results::toString);
    } else {
      // Landlock refuses to list a root that is not granted; a private one may be listed.
      assumeTrue(
          String.valueOf(results.get("root")).startsWith("ok"),
          "this isolation has no private root");
      assertEquals("ENOENT", results.get("there"), results::toString);
      assertEquals("ENOENT", results.get("open"), results::toString);
    }
  }

  // ---------------------------------------------------------------- special files

  /** FS-15, FS-28. */
  @ParameterizedTest
  @EachIsolation
  void noDevicesAreMade(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : List.of(writable(isolation), workspace().isolation(isolation).build())) {
      Map<String, String> results =
          Attempts.confined(
              policy,
              work,
              """
              import stat
              def make(name, kind, major, minor):
                  os.mknod(name, kind | 0o600, os.makedev(major, minor))
              attempt('disk', lambda: make('sda', stat.S_IFBLK, 8, 0))
              attempt('memory', lambda: make('mem', stat.S_IFCHR, 1, 1))
              attempt('null', lambda: make('null', stat.S_IFCHR, 1, 3))
              attempt('whiteout', lambda: make('file2', stat.S_IFCHR, 0, 0))
              attempt('renamed', lambda: call(
                  int(sys.argv[1]), -100, b'file', -100, b'moved', 4))
              """,
              number("renameat2"));
      String renamed = String.valueOf(results.remove("renamed"));
      // A gap that is documented: since Linux 5.8 anybody may leave a whiteout, a device that
      // nobody can open, and means something only beneath an overlay. Newer Landlock takes the
      // making of one for that of a file.
      if ("ok None".equals(results.get("whiteout"))) {
        results.remove("whiteout");
        assertThrows(IOException.class, () -> Files.readString(work.resolve("file2")));
        Files.delete(work.resolve("file2"));
        assertAllRefused(3, results);
      } else {
        assertAllRefused(4, results);
      }
      if (renamed.equals("ok 0")) {
        assertEquals("public", Files.readString(work.resolve("moved")));
        assertThrows(IOException.class, () -> Files.readString(work.resolve("file")));
        Files.move(
            work.resolve("moved"), work.resolve("file"), StandardCopyOption.REPLACE_EXISTING);
      } else {
        assertTrue(NO.contains(renamed) || renamed.equals("EINVAL"), renamed);
      }
      assertEquals("public", Files.readString(work.resolve("file")));
    }
  }

  /** FS-17. */
  @ParameterizedTest
  @EachIsolation
  void filesAreNotOpenedByHandle(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assertAll(
        "EPERM",
        Attempts.confined(
            readonly().isolation(isolation).build(),
            work,
            """
            handle = (ctypes.c_uint32 * 34)(128, 0)
            mount = ctypes.c_int()
            attempt('handle', lambda: call(
                int(sys.argv[1]), -100, b'/', handle, ctypes.byref(mount), 0))
            # The root directory of most file systems: inode 2, generation 0.
            forged = (ctypes.c_uint32 * 4)(8, 1, 2, 0)
            root = os.open('/', os.O_RDONLY)
            attempt('open', lambda: call(int(sys.argv[2]), root, forged, 0))
            """,
            number("name_to_handle_at"),
            number("open_by_handle_at")));
  }

  /** FS-26. */
  @ParameterizedTest
  @EachIsolation
  void theKernelsOwnFilesAreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : List.of(readonly().isolation(isolation).build(), writable(isolation))) {
      assertAllRefused(
          9,
          Attempts.confined(
              policy,
              work,
              """
              def append(path):
                  os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
              for path in ['/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern',
                           '/proc/sys/kernel/modprobe', '/proc/sys/vm/drop_caches',
                           '/proc/self/oom_score_adj', '/proc/self/uid_map', '/proc/1/mem',
                           '/proc/self/attr/current']:
                  attempt('write:' + path, lambda: append(path))
              def core():
                  fd = os.open('/proc/kcore', os.O_RDONLY)
                  try: return len(os.read(fd, 100))
                  finally: os.close(fd)
              attempt('kcore', core)
              """));
    }
  }

  // ---------------------------------------------------------------- what runs next time

  /** FS-18. */
  @ParameterizedTest
  @EachIsolation
  void aProtectedNameIsNotCreated(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path profile = work.resolve(".bashrc");
    Path hook = work.resolve(".git/hooks/pre-commit");
    Files.createDirectories(hook.getParent());
    for (Path path : List.of(profile, hook)) {
      Policy policy = blocked(isolation, path);

      Outcome outcome = sh(policy, work, "echo evil > $1", path);

      // Where the name cannot be kept free, the command does not run at all.
      assertTrue(
          (outcome.ending() instanceof Ending.Refused refused
                  && refused.reason().contains(path.toString()))
              || (outcome.ending() instanceof Ending.Exited exited && exited.code() != 0),
          () -> outcome.ending() + text(outcome));
      assertFalse(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
    }
  }

  /** FS-19: a policy is read from where it is named, and can be closed like any other file. */
  @ParameterizedTest
  @EachIsolation
  void thePolicyAndTheLogAreNotRewritten(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path file = Files.writeString(work.resolve("policy.toml"), "");
    Path log = work.resolve("audit.jsonl");
    Policy policy = blocked(isolation, file);

    Map<String, String> results =
        Attempts.confined(
            policy,
            work,
            """
            attempt('write', lambda: write(sys.argv[1]))
            attempt('remove', lambda: os.unlink(sys.argv[1]))
            attempt('replace', lambda: os.rename('file', sys.argv[1]))
            """,
            file);
    String written = String.valueOf(results.remove("write"));
    // What covers a file in a namespace is a null device.
    assertTrue(
        NO.contains(written) || (isolation == Isolation.NAMESPACE && written.equals("ok None")),
        written);
    assertAllRefused(2, results);
    assertEquals("", Files.readString(file));
    assertRefused(
        sh(
            workspace().isolation(isolation).audit(AuditSettings.to(log.toString())).build(),
            work,
            "true"),
        "lies where the command may write");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    var thrown = assertThrows(PolicyException.class, () -> Policy.load(file));
    assertTrue(
        String.valueOf(thrown.getMessage())
            .contains("every user of this host may change this policy"));
  }

  /** FS-25. */
  @ParameterizedTest
  @EachIsolation
  void aGrantOfNothingIsRefused(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy :
        List.of(
            tools(isolation).readOnly("/nope").build(),
            tools(isolation).readWrite("/nope/too").build(),
            tools(isolation).readExecute("/nope").build())) {
      assertRefused(sh(policy, work, "touch ran"), "/nope");
    }
    assertFalse(Files.exists(work.resolve("ran")));
  }

  // ---------------------------------------------------------------- execution

  private Path copyOf(String program) throws IOException {
    Path source = Path.of("/usr/bin", program).toRealPath();
    assumeTrue(Files.isExecutable(source), "no " + source);
    Path copy = Files.copy(source, work.resolve(program), StandardCopyOption.REPLACE_EXISTING);
    return Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** FS-21. */
  @ParameterizedTest
  @EachIsolation
  void whatMayBeWrittenIsNotExecuted(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path copy = copyOf("id");

    Outcome outcome = sh(writable(isolation), work, "cp id id2; chmod 755 id2; ./id || ./id2");
    assertEquals(new Ending.Exited(126), outcome.ending(), () -> text(outcome));
    Outcome direct = Sandboxed.run(writable(isolation), work, List.of(copy.toString()));
    assertEquals(126, direct.ending().shellStatus(), direct::toJson);
  }

  /** FS-22: reading is enough for the loader; this stays so, and what it starts is confined. */
  @ParameterizedTest
  @EachIsolation
  void theLoaderExecutesWhatCanBeRead(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path loader =
        Path.of(
            Arch.host() == Arch.X86_64
                ? "/lib64/ld-linux-x86-64.so.2"
                : "/lib/ld-linux-aarch64.so.1");
    assumeTrue(Files.isExecutable(loader), "no " + loader);
    copyOf("cat");

    Outcome outcome = sh(writable(isolation), work, "$1 ./cat file; $1 ./cat $2", loader, secret);

    assertEquals(new Ending.Exited(1), outcome.ending(), () -> text(outcome));
    assertTrue(text(outcome).startsWith("public"), () -> text(outcome));
    assertFalse(text(outcome).contains("secret"), () -> text(outcome));
  }

  /** FS-23: allowed on purpose, and no way out. */
  @ParameterizedTest
  @EachIsolation
  void memoryCanBeExecutedAndIsConfined(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome =
        Sandboxed.python(
            writable(isolation),
            work,
            """
            import os, sys
            fd = os.memfd_create('x')
            os.write(fd, open('/usr/bin/cat', 'rb').read())
            os.execve(fd, ['x', 'file', sys.argv[1]], {})
            """,
            secret);

    assertEquals(new Ending.Exited(1), outcome.ending(), () -> text(outcome));
    assertTrue(text(outcome).startsWith("public"), () -> text(outcome));
    assertFalse(text(outcome).contains("secret"), () -> text(outcome));
  }
}
