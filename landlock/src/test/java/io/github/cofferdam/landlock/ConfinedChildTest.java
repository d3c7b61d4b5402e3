package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.landlock.Confined.Result;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What this machine's kernel enforces in a child. */
@Tag("kernel")
class ConfinedChildTest {
  @TempDir private Path temporary;
  private Path inside;
  private Path outside;

  @BeforeAll
  static void needLandlock() {
    LandlockSupport support = LandlockSupport.probe();
    assumeTrue(support.abi().compareTo(Abi.V3) >= 0, support::toString);
  }

  @BeforeEach
  void makeFiles() throws IOException {
    Path root = temporary.toRealPath();
    inside = Files.createDirectory(root.resolve("inside"));
    outside = Files.createDirectory(root.resolve("outside"));
    Files.writeString(inside.resolve("file"), "granted\n");
    Files.writeString(outside.resolve("file"), "secret\n");
  }

  private static void assertDenied(Result result) {
    assertTrue(result.code() != 0 && result.output().contains("denied"), result::toString);
  }

  private static void assertPrints(String expected, Result result) {
    assertEquals(new Result(0, expected), result);
  }

  @Test
  void readingIsAllowedOnlyWhereGranted() throws Exception {
    LandlockPolicy policy = Confined.tools().read(inside).build();

    assertPrints("granted\n", Confined.sh(policy, "cat $1/file", inside));
    assertPrints("file\n", Confined.sh(policy, "ls $1", inside));
    assertDenied(Confined.sh(policy, "cat $1/file", outside));
    assertDenied(Confined.sh(policy, "ls $1", outside));
    assertDenied(Confined.sh(policy, "echo no > $1/file", inside));
    assertDenied(Confined.sh(policy, "mkdir $1/new", inside));
    assertDenied(Confined.sh(policy, "rm -f $1/file", inside));
    assertEquals("granted\n", Files.readString(inside.resolve("file")));
  }

  @Test
  void writingIsAllowedOnlyWhereGranted() throws Exception {
    LandlockPolicy policy = Confined.tools().readWrite(inside).build();

    assertPrints(
        "two\nthree\n",
        Confined.sh(
            policy,
            """
            cd $1 && echo one > new && echo two > new && mkdir -p a/b && echo three > a/b/c &&
            cat new a/b/c && truncate -s 1 new && ln -s new link && mkfifo pipe && ln new hard &&
            rm -r a link pipe hard > /dev/null
            """,
            inside));
    assertEquals("t", Files.readString(inside.resolve("new")));
    assertDenied(Confined.sh(policy, "echo no > $1/new", outside));
    assertDenied(Confined.sh(policy, "truncate -s 0 $1/file", outside));
    assertDenied(Confined.sh(policy, "mkdir $1/new", outside));
    assertEquals("secret\n", Files.readString(outside.resolve("file")));
  }

  @Test
  void writingDoesNotIncludeMakingDevices() throws Exception {
    LandlockPolicy policy = Confined.tools().readWrite(inside).build();

    assertTrue(Confined.sh(policy, "mknod $1/null c 1 3", inside).code() != 0);
    assertTrue(Confined.sh(policy, "mknod $1/disk b 7 0", inside).code() != 0);
    assertFalse(Files.exists(inside.resolve("null")));
  }

  @Test
  void readingDoesNotIncludeExecuting() throws Exception {
    Path script = inside.resolve("script");
    Files.writeString(script, "#!/bin/sh\necho executed\n");
    assertTrue(script.toFile().setExecutable(true));

    assertDenied(Confined.sh(Confined.tools().read(inside).build(), "$1", script));
    assertDenied(Confined.sh(Confined.tools().readWrite(inside).build(), "$1", script));
    assertPrints(
        "executed\n", Confined.sh(Confined.tools().readExecute(inside).build(), "$1", script));
    assertPrints(
        "executed\n", Confined.sh(Confined.tools().readWriteExecute(inside).build(), "$1", script));
  }

  @Test
  void theCommandItselfMustBeExecutable() throws Exception {
    LandlockLayer layer = LandlockPolicy.builder().read(Path.of("/usr")).build().on(Abi.current());

    var e =
        assertThrows(
            ExecException.class,
            () -> Confined.run(Confined.plan(layer, Supervision.NONE, "/usr/bin/true")));
    assertEquals(Errno.EACCES, e.errno());
  }

  @Test
  void renamingAcrossDirectoriesWorksBeneathOneGrant() throws Exception {
    LandlockPolicy policy = Confined.tools().readWrite(inside).build();

    // link(2) has no fallback, as mv has.
    assertPrints(
        "granted\n", Confined.sh(policy, "mkdir $1/d && ln $1/file $1/d/f && cat $1/d/f", inside));
    assertPrints(
        "", Confined.sh(policy, "cd $1 && mkdir e && mv d/f e/f && test ! -e d/f", inside));
    Result across = Confined.sh(policy, "ln $1/file $2/stolen", outside, inside);
    assertTrue(across.code() != 0, across::toString);
    assertFalse(Files.exists(inside.resolve("stolen")));
  }

  @Test
  void renamingAcrossDirectoriesWorksUnderTheSupervisorsLayer() throws Exception {
    assumeTrue(Abi.current().has(Scope.SIGNAL), "this kernel's Landlock is too old");
    LandlockLayer layer = Confined.tools().readWrite(inside).build().on(Abi.current());

    assertPrints(
        "",
        Confined.sh(layer, Supervision.SIGNAL_SCOPE, "cd $1 && mkdir d && ln file d/file", inside));
  }

  @Test
  void aFileCanBeGrantedByItself() throws Exception {
    LandlockPolicy policy = Confined.tools().readWrite(inside.resolve("file")).build();

    assertPrints("new\n", Confined.sh(policy, "echo new > $1/file && cat $1/file", inside));
    assertDenied(Confined.sh(policy, "echo no > $1/other", inside));
    assertDenied(Confined.sh(policy, "ls $1", inside));
  }

  @Test
  void symbolicLinksAreResolved() throws Exception {
    Path link = Files.createSymbolicLink(outside.resolve("link"), inside);
    LandlockLayer layer = Confined.tools().read(link).build().on(Abi.current());

    assertPrints("granted\n", Confined.sh(layer, Supervision.NONE, "cat $1/file", link));
    assertPrints("granted\n", Confined.sh(layer, Supervision.NONE, "cat $1/file", inside));
    assertTrue(
        layer.grants().stream()
            .anyMatch(grant -> grant.path().equals(link) && grant.real().equals(inside)));
  }

  @Test
  void aPathThatBecomesALinkIsRefused() throws Exception {
    LandlockLayer layer = Confined.tools().read(inside).build().on(Abi.current());
    Files.move(inside, inside.resolveSibling("moved"));
    Files.createSymbolicLink(inside, outside);

    var e =
        assertThrows(
            SetupException.class,
            () -> Confined.sh(layer, Supervision.NONE, "cat $1/file", inside));

    assertEquals(Errno.ELOOP, e.errno());
    assertEquals("openat2", e.syscall());
    assertInstanceOf(PathChangedException.class, layer.identify(e));
    assertTrue(e.toString().contains(inside.toString()), e::toString);
    assertTrue(e.call().contains("RESOLVE_NO_SYMLINKS"), e::call);
  }

  @Test
  void aDirectoryThatBecomesAFileIsRefused() throws Exception {
    LandlockLayer layer = Confined.tools().read(inside).build().on(Abi.current());
    Files.move(inside, inside.resolveSibling("moved"));
    Files.writeString(inside, "");

    var e = assertThrows(SetupException.class, () -> Confined.sh(layer, Supervision.NONE, "true"));

    assertInstanceOf(PathChangedException.class, layer.identify(e));
    assertTrue(e.toString().contains(inside + " is still what was looked up"), e::toString);
  }

  @Test
  void aDirectoryThatBecomesAnotherIsRefused() throws Exception {
    LandlockLayer layer = Confined.tools().read(inside).build().on(Abi.current());
    Files.move(inside, inside.resolveSibling("moved"));
    Files.move(outside, inside);

    var e = assertThrows(SetupException.class, () -> Confined.sh(layer, Supervision.NONE, "true"));

    assertInstanceOf(PathChangedException.class, layer.identify(e));
  }

  @Test
  void aFileThatBecomesALinkOrIsGoneIsNamed() throws Exception {
    Path file = inside.resolve("file");
    LandlockLayer layer = Confined.tools().read(file).build().on(Abi.current());
    Files.delete(file);

    var e = assertThrows(SetupException.class, () -> Confined.sh(layer, Supervision.NONE, "true"));
    assertInstanceOf(PathChangedException.class, layer.identify(e));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.toString().contains(file.toString()), e::toString);
  }

  @Test
  void manyGrantsWork() throws Exception {
    var builder = Confined.tools();
    for (int i = 0; i < 200; i++) {
      builder.read(Files.createDirectory(inside.resolve("d" + i)));
    }

    assertPrints("", Confined.sh(builder.build(), "ls $1/d199", inside));
  }

  @Test
  void ioctlsOnDevicesAreSeparate() throws Exception {
    assumeTrue(Abi.current().has(FsRight.IOCTL_DEV), "this kernel's Landlock is too old");
    assumeTrue(
        Files.exists(Path.of("/dev/urandom")) && Files.isExecutable(Path.of("/usr/bin/python3")));
    Path device = Path.of("/dev/urandom");
    // RNDGETENTCNT
    String script = "import fcntl; fcntl.ioctl(open('/dev/urandom'), 0x80045200, b'1234')";

    Result without =
        Confined.run(
            Confined.plan(
                Confined.tools().device(device).build().on(Abi.current()),
                Supervision.NONE,
                "/usr/bin/python3",
                "-Ic",
                script));
    Result with =
        Confined.run(
            Confined.plan(
                Confined.tools().deviceWithIoctl(device).build().on(Abi.current()),
                Supervision.NONE,
                "/usr/bin/python3",
                "-Ic",
                script));

    assertTrue(without.output().contains("Permission denied"), without::toString);
    assertPrints("", with);
  }

  @Test
  void connectingIsAllowedOnlyToGrantedPorts() throws Exception {
    assumeTrue(Abi.current().has(NetRight.CONNECT_TCP), "this kernel's Landlock is too old");
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no /bin/bash");
    try (var granted = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        var other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      LandlockLayer layer =
          Confined.tools()
              .handleNet(NetRight.CONNECT_TCP)
              .connectTcp(granted.getLocalPort())
              .build()
              .on(Abi.current());

      String connect = "/bin/bash -c ': > /dev/tcp/127.0.0.1/'$1";
      assertPrints("", Confined.sh(layer, Supervision.NONE, connect, granted.getLocalPort()));
      assertDenied(Confined.sh(layer, Supervision.NONE, connect, other.getLocalPort()));
      assertPrints("", Confined.sh(Confined.tools().build(), connect, other.getLocalPort()));
    }
  }

  @Test
  void bindingIsAllowedOnlyToGrantedPorts() throws Exception {
    assumeTrue(Abi.current().has(NetRight.BIND_TCP), "this kernel's Landlock is too old");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no /usr/bin/python3");
    LandlockLayer layer =
        Confined.tools().handleNet(NetRight.BIND_TCP).bindTcp(0).build().on(Abi.current());
    String bind = "import socket; socket.socket().bind(('127.0.0.1', %d))";

    assertPrints("", python(layer, bind.formatted(0)));
    assertRefused(python(layer, bind.formatted(34567)));
  }

  private static Result python(LandlockLayer layer, String script)
      throws IOException, InterruptedException {
    return Confined.run(Confined.plan(layer, Supervision.NONE, "/usr/bin/python3", "-Ic", script));
  }

  private static void assertRefused(Result result) {
    assertTrue(result.output().contains("PermissionError"), result::toString);
  }

  @Test
  void signalsDoNotLeaveTheScope() throws Exception {
    assumeTrue(Abi.current().has(Scope.SIGNAL), "this kernel's Landlock is too old");
    LandlockPolicy scoped = Confined.tools().scope(Scope.SIGNAL).build();
    String script = "kill -0 " + ProcessHandle.current().pid();

    Result result = Confined.sh(scoped, script);
    assertTrue(result.output().contains("not permitted"), result::toString);
    assertPrints("", Confined.sh(Confined.tools().build(), script));
    assertPrints("", Confined.sh(scoped, "sleep 100 & kill $!"));
  }

  @Test
  void abstractSocketsOutsideTheScopeAreClosed() throws Exception {
    assumeTrue(Abi.current().has(Scope.ABSTRACT_UNIX_SOCKET), "this kernel's Landlock is too old");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no /usr/bin/python3");
    String name = "'\\0cofferdam-test-%d'".formatted(ProcessHandle.current().pid());
    String listen =
        "import socket; s = socket.socket(socket.AF_UNIX); s.bind(" + name + "); s.listen()";
    String connect = "import socket; socket.socket(socket.AF_UNIX).connect(" + name + ")";
    Process server =
        new ProcessBuilder(
                "/usr/bin/python3",
                "-Ic",
                listen + "; print('ready', flush=True); import time; time.sleep(100)")
            .start();
    try {
      assertEquals("ready", server.inputReader().readLine());

      var scoped = Confined.tools().scope(Scope.ABSTRACT_UNIX_SOCKET).build().on(Abi.current());
      assertRefused(python(scoped, connect));
      assertPrints("", python(Confined.tools().build().on(Abi.current()), connect));
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void theSignalScopeEndsDaemonsToo() throws Exception {
    assumeTrue(Abi.current().has(Scope.SIGNAL), "this kernel's Landlock is too old");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setsid")), "no /usr/bin/setsid");
    Process bystander = new ProcessBuilder("sleep", "100").start();
    try {
      LandlockLayer layer = Confined.tools().readWrite(inside).build().on(Abi.current());

      Result result =
          Confined.sh(
              layer,
              Supervision.SIGNAL_SCOPE,
              """
              cd $1
              for i in 1 2 3 4 5; do
                (setsid sh -c 'trap "" TERM HUP; echo $$ > pid.tmp$$; mv pid.tmp$$ pid$$; exec sleep 100' \
                    > /dev/null 2>&1 &)
              done
              while [ "$(ls | grep -c '^pid[0-9]')" -lt 5 ]; do sleep 0.01; done
              """,
              inside);

      assertPrints("", result);
      try (var files = Files.list(inside)) {
        List<Path> pids =
            files.filter(file -> file.getFileName().toString().startsWith("pid")).toList();
        assertEquals(5, pids.size());
        for (Path pid : pids) {
          assertFalse(Files.exists(Path.of("/proc", Files.readString(pid).strip())));
        }
      }
      assertTrue(bystander.isAlive());
    } finally {
      bystander.destroyForcibly().waitFor();
    }
  }

  @Test
  void theSeventeenthLayerIsRefused() throws Exception {
    var program = NoNewPrivileges.program();
    for (int i = 0; i < 17; i++) {
      program = program.then(Confined.tools().build().on(Abi.current()).program());
    }
    var tooMany = LaunchPlan.of("/usr/bin/true", List.of("true")).commandSteps(program).build();

    var e = assertThrows(SetupException.class, () -> Confined.run(tooMany));
    assertEquals(Errno.E2BIG, e.errno());
    assertEquals("landlock_restrict_self", e.syscall());
    assertInstanceOf(
        LayerLimitException.class, Confined.tools().build().on(Abi.current()).identify(e));
  }

  @Test
  void withoutNoNewPrivsAnUnprivilegedProcessIsRefused() throws Exception {
    assumeTrue(
        !System.getProperty("cofferdam.test.uid", "").isEmpty(),
        "only for the run as an unprivileged user");
    var plan =
        LaunchPlan.of("/usr/bin/true", List.of("true"))
            .commandSteps(Confined.tools().build().on(Abi.current()).program())
            .build();

    var e = assertThrows(SetupException.class, () -> Confined.run(plan));
    assertEquals(Errno.EPERM, e.errno());
    assertTrue(e.toString().contains("no_new_privs"), e::toString);
  }

  // ---------------------------------------------------------------- made once

  private static LaunchPlan plan(LandlockRuleset ruleset, Supervision supervision, String script)
      throws IOException {
    var plan =
        LaunchPlan.of("/bin/sh", List.of("/bin/sh", "-c", script))
            .variable("PATH", "/usr/bin:/bin")
            .directory("/")
            .supervision(supervision)
            .commandSteps(NoNewPrivileges.program().then(ruleset.program()));
    ruleset.passTo(plan);
    return plan.build();
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "CHILD_WALK"})
  void aRulesetThatWasMadeOnceConfinesManyChildren(Supervision supervision) throws Exception {
    LandlockPolicy policy = Confined.tools().read(inside).read(Path.of("/proc")).build();
    try (LandlockRuleset ruleset = LandlockRuleset.of(policy.on(Abi.current()))) {
      LaunchPlan granted = plan(ruleset, supervision, "cat " + inside + "/file");
      LaunchPlan denied = plan(ruleset, supervision, "cat " + outside + "/file");
      for (int i = 0; i < 3; i++) {
        assertPrints("granted\n", Confined.run(granted));
        assertDenied(Confined.run(denied));
      }
      // The fourth is that of the directory which ls reads.
      assertPrints("0\n1\n2\n3\n", Confined.run(plan(ruleset, supervision, "ls /proc/self/fd")));
    }
    assertEquals("secret\n", Files.readString(outside.resolve("file")));
  }

  /** A rule is about a file and not about a name: whoever can rename gets nothing by it. */
  @Test
  void whatIsPutInThePlaceOfAGrantLaterIsNotGranted() throws Exception {
    LandlockPolicy policy = Confined.tools().read(inside).build();
    try (LandlockRuleset ruleset = LandlockRuleset.of(policy.on(Abi.current()))) {
      Files.move(inside, inside.resolveSibling("moved"));
      Files.move(outside, inside);
      assertDenied(Confined.run(plan(ruleset, Supervision.NONE, "cat " + inside + "/file")));
      assertPrints(
          "granted\n",
          Confined.run(
              plan(ruleset, Supervision.NONE, "cat " + inside.resolveSibling("moved") + "/file")));
    }
  }

  @Test
  void aClosedRulesetStartsNothing() throws Exception {
    LandlockPolicy policy = Confined.tools().build();
    LandlockRuleset ruleset = LandlockRuleset.of(policy.on(Abi.current()));
    LaunchPlan plan = plan(ruleset, Supervision.NONE, "exit 0");
    ruleset.close();
    assertThrows(IllegalStateException.class, () -> Confined.run(plan));
  }
}
