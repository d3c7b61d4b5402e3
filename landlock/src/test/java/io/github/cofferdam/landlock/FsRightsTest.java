package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each right on files, in a confined child: what needs it fails without it, although all others are
 * granted, and succeeds with it.
 */
@Tag("kernel")
class FsRightsTest {
  private static final int NULL_DEVICE = 1 << 8 | 3;

  /** RNDGETENTCNT (linux/random.h). */
  private static final long ENTROPY = 0x80045200L;

  @TempDir private Path temporary;
  private Path root;

  /** What needs a right, in a directory that has a file, a directory and a link. */
  enum Operation {
    READ(FsRight.READ_FILE, dir -> RawCalls.open(dir.resolve("file"), Uapi.O_RDONLY())),
    WRITE(FsRight.WRITE_FILE, dir -> RawCalls.open(dir.resolve("file"), Uapi.O_WRONLY())),
    APPEND(
        FsRight.WRITE_FILE,
        dir -> RawCalls.open(dir.resolve("file"), Uapi.O_WRONLY() | Uapi.O_APPEND())),
    TRUNCATE(FsRight.TRUNCATE, dir -> RawCalls.truncate(dir.resolve("file"))),
    TRUNCATE_ON_OPEN(
        FsRight.TRUNCATE,
        dir -> RawCalls.open(dir.resolve("file"), Uapi.O_WRONLY() | Uapi.O_TRUNC())),
    LIST(FsRight.READ_DIR, dir -> RawCalls.open(dir.resolve("sub"), Uapi.O_RDONLY())),
    MAKE_DIR(FsRight.MAKE_DIR, dir -> RawCalls.on("mkdirat", dir.resolve("new"), 0700)),
    REMOVE_DIR(
        FsRight.REMOVE_DIR,
        dir -> RawCalls.on("unlinkat", dir.resolve("empty"), Uapi.AT_REMOVEDIR())),
    REMOVE_FILE(FsRight.REMOVE_FILE, dir -> RawCalls.on("unlinkat", dir.resolve("file"), 0)),
    REMOVE_LINK(FsRight.REMOVE_FILE, dir -> RawCalls.on("unlinkat", dir.resolve("link"), 0)),
    CREATE(
        FsRight.MAKE_REG,
        dir -> RawCalls.open(dir.resolve("new"), Uapi.O_WRONLY() | Uapi.O_CREAT() | Uapi.O_EXCL())),
    MAKE_REG(FsRight.MAKE_REG, dir -> node(dir, Uapi.S_IFREG(), 0)),
    MAKE_SOCK(FsRight.MAKE_SOCK, dir -> node(dir, Uapi.S_IFSOCK(), 0)),
    MAKE_FIFO(FsRight.MAKE_FIFO, dir -> node(dir, Uapi.S_IFIFO(), 0)),
    MAKE_CHAR(FsRight.MAKE_CHAR, dir -> node(dir, Uapi.S_IFCHR(), NULL_DEVICE)),
    MAKE_BLOCK(FsRight.MAKE_BLOCK, dir -> node(dir, Uapi.S_IFBLK(), 7 << 8)),
    MAKE_SYM(FsRight.MAKE_SYM, dir -> RawCalls.symlink("file", dir.resolve("new"))),
    LINK_WITHIN(FsRight.MAKE_REG, dir -> RawCalls.link(dir.resolve("file"), dir.resolve("new"))),
    RENAME_WITHIN_REMOVES(
        FsRight.REMOVE_FILE, dir -> RawCalls.rename(dir.resolve("file"), dir.resolve("new"))),
    RENAME_WITHIN_MAKES(
        FsRight.MAKE_REG, dir -> RawCalls.rename(dir.resolve("file"), dir.resolve("new"))),
    RENAME_DIRECTORY(
        FsRight.REMOVE_DIR, dir -> RawCalls.rename(dir.resolve("empty"), dir.resolve("new"))),
    RENAME_ACROSS(
        FsRight.REFER,
        dir -> RawCalls.rename(dir.resolve("file"), dir.resolve("sub/new")),
        Errno.EXDEV),
    LINK_ACROSS(
        FsRight.REFER,
        dir -> RawCalls.link(dir.resolve("file"), dir.resolve("sub/new")),
        Errno.EXDEV),
    // EACCES beats EXDEV.
    LINK_ACROSS_MAKES(
        FsRight.MAKE_REG, dir -> RawCalls.link(dir.resolve("file"), dir.resolve("sub/new"))),
    CONNECT_UNIX(FsRight.RESOLVE_UNIX, dir -> RawCalls.connectUnix(dir.resolve("socket")));

    private final FsRight right;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<Path, SetupProgram> calls;

    private final Errno refusal;

    Operation(FsRight right, Function<Path, SetupProgram> calls) {
      this(right, calls, Errno.EACCES);
    }

    Operation(FsRight right, Function<Path, SetupProgram> calls, Errno refusal) {
      this.right = right;
      this.calls = calls;
      this.refusal = refusal;
    }

    private static SetupProgram node(Path dir, int type, long device) {
      return RawCalls.on("mknodat", dir.resolve("new"), type | 0600, device);
    }

    /** Landlock lets it pass, and then the kernel asks for CAP_MKNOD. */
    boolean needsPrivileges() {
      return this == MAKE_CHAR || this == MAKE_BLOCK;
    }
  }

  @BeforeEach
  void makeFiles() throws Exception {
    LandlockSupport support = LandlockSupport.probe();
    assumeTrue(support.abi().version() > 0, support::toString);
    root = temporary.toRealPath();
    Files.writeString(root.resolve("file"), "text");
    Files.createDirectory(root.resolve("sub"));
    Files.createDirectory(root.resolve("empty"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("file"));
  }

  @ParameterizedTest
  @EnumSource
  void isNeeded(Operation operation) throws Exception {
    assumeTrue(
        Abi.current().has(operation.right), () -> operation.right + " is not in " + Abi.current());
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(root.resolve("socket")));
      EnumSet<FsRight> rights = Sets.mutable(FsRight.class, Abi.current().fsRights());
      SetupProgram calls = operation.calls.apply(root);

      assertEquals(
          Optional.of(operation.refusal), attempt(without(rights, operation.right), calls));

      Optional<Errno> granted = attempt(rights, calls);
      boolean unprivileged =
          operation.needsPrivileges() && granted.equals(Optional.of(Errno.EPERM));
      assertTrue(granted.isEmpty() || unprivileged, granted::toString);
    }
  }

  @Test
  void executingNeedsIt() throws Exception {
    Path program = Files.copy(Path.of("/usr/bin/true"), root.resolve("true"));
    assertTrue(program.toFile().setExecutable(true, false));
    EnumSet<FsRight> rights = Sets.mutable(FsRight.class, Abi.current().fsRights());

    assertEquals(
        Optional.of(Errno.EACCES),
        launch(without(rights, FsRight.EXECUTE), SetupProgram.empty(), program));
    assertEquals(Optional.empty(), launch(rights, SetupProgram.empty(), program));
  }

  @Test
  void deviceCommandsNeedIt() throws Exception {
    assumeTrue(Abi.current().has(FsRight.IOCTL_DEV), () -> "no IOCTL_DEV in " + Abi.current());
    Path device = Path.of("/dev/urandom");
    assumeTrue(Files.isReadable(device), "no /dev/urandom");
    SetupProgram ask = RawCalls.ioctl(device, ENTROPY, 4);

    assertEquals(
        Optional.of(Errno.EACCES),
        attempt(LandlockPolicy.builder().device(device), ask, Path.of("/usr/bin/true")));
    assertEquals(
        Optional.empty(),
        attempt(LandlockPolicy.builder().deviceWithIoctl(device), ask, Path.of("/usr/bin/true")));
  }

  /** What is not handled is not restricted, however little is granted. */
  @ParameterizedTest
  @EnumSource
  void isNotNeededWhereItIsNotHandled(Operation operation) throws Exception {
    assumeTrue(operation.right != FsRight.REFER, "REFER is denied even where it is not handled");
    assumeTrue(
        Abi.current().has(operation.right), () -> operation.right + " is not in " + Abi.current());
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(root.resolve("socket")));
      EnumSet<FsRight> rights = Sets.mutable(FsRight.class, Abi.current().fsRights());
      var others = without(rights, operation.right);
      var policy = LandlockPolicy.builder().handle(others).grant(others, root);

      Optional<Errno> result =
          attempt(policy, operation.calls.apply(root), Path.of("/usr/bin/true"));

      boolean unprivileged = operation.needsPrivileges() && result.equals(Optional.of(Errno.EPERM));
      assertTrue(result.isEmpty() || unprivileged, result::toString);
    }
  }

  private static EnumSet<FsRight> without(Set<FsRight> rights, FsRight right) {
    var others = Sets.mutable(FsRight.class, rights);
    others.remove(right);
    return others;
  }

  private Optional<Errno> attempt(Set<FsRight> rights, SetupProgram calls) throws Exception {
    return launch(rights, calls, Path.of("/usr/bin/true"));
  }

  private Optional<Errno> launch(Set<FsRight> rights, SetupProgram calls, Path program)
      throws Exception {
    return attempt(
        LandlockPolicy.builder().baseline(Abi.current()).grant(rights, root), calls, program);
  }

  /** {@return the error with which the calls, or the program's execution, fail} */
  static Optional<Errno> attempt(LandlockPolicy.Builder policy, SetupProgram calls, Path program)
      throws Exception {
    LandlockLayer layer =
        policy
            .readExecute(Path.of("/usr"))
            .readExecuteIfPresent(Path.of("/lib"))
            .readExecuteIfPresent(Path.of("/lib64"))
            .build()
            .on(LandlockSupport.probe());
    return attempt(NoNewPrivileges.program().then(layer.program()), calls, program);
  }

  static Optional<Errno> attempt(SetupProgram confining, SetupProgram calls, Path program)
      throws Exception {
    LaunchPlan plan =
        LaunchPlan.of(program.toString(), List.of(program.toString()))
            .commandSteps(confining.then(calls))
            .build();
    var stdio = new StdioSet(Stdio.discard(), Stdio.discard(), Optional.empty());
    try (Launched launched = Launcher.start(plan, stdio)) {
      Exit exit = launched.await();
      assertEquals(0, exit.shellCode());
      return Optional.empty();
    } catch (SetupException e) {
      boolean expected =
          e.syscall().equals("execve")
              || calls.steps().stream().anyMatch(step -> step.syscall().equals(e.syscall()));
      assertTrue(expected, e::toString);
      return Optional.of(e.errno());
    }
  }
}
