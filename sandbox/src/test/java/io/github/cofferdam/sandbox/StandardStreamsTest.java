package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.confinement.StandardStream;
import io.github.cofferdam.confinement.StandardStreams;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.StreamKind;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a standard stream leads to is behind every wall, so it is looked at before the start. */
@Tag("kernel")
class StandardStreamsTest {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_SEQPACKET = 5;

  @TempDir private Path temporary;
  private Path work;
  private Path file;

  @BeforeEach
  void file() throws IOException {
    work = temporary.toRealPath();
    file = Files.writeString(work.resolve("file"), "content\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        Sandboxed.readonly().isolation(isolation).build(),
        Sandboxed.workspace().isolation(isolation).build(),
        Sandboxed.fullAccess().isolation(isolation).build());
  }

  private static Fd socket(int domain, int type) throws KernelException {
    return Fd.owning(
        Syscall.call(Syscall.number("socket"), domain, type | Uapi.O_CLOEXEC(), 0),
        "socket",
        "make a socket");
  }

  private record Pair(Fd ours, Fd theirs) implements AutoCloseable {
    @Override
    public void close() {
      ours.close();
      theirs.close();
    }
  }

  private static Pair pair(int type) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      Syscall.check(
          Syscall.call(
              Syscall.number("socketpair"), AF_UNIX, type | Uapi.O_CLOEXEC(), 0, ends.address()),
          "socketpair",
          "make sockets");
      return new Pair(
          Fd.owning(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
          Fd.owning(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
    }
  }

  private SandboxCommand command(Policy policy, Fd in, String... argv) {
    return Sandboxed.of(policy)
        .command(argv)
        .directory(work)
        .parentEnvironment(Sandboxed.ENVIRONMENT)
        .stdin(Stdio.to(in))
        .mergeStderr()
        .captureOutput();
  }

  private void assertRefusedEverywhere(Fd in, StreamKind kind) throws Exception {
    for (Isolation isolation : Sandboxed.ISOLATIONS) {
      assumeAvailable(isolation);
      for (Policy policy : policies(isolation)) {
        assertRefused(
            command(policy, in, "/bin/true").run(),
            "standard input (descriptor 0)",
            "</dev/null",
            "[\"" + kind.key() + "\"]");
      }
      Policy allowing = Sandboxed.readonly().isolation(isolation).allowStream(kind).build();
      Outcome outcome = command(allowing, in, "/bin/true").run();
      assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
      EnforcementReport report = outcome.enforcement().orElseThrow();
      assertEquals(1, report.warnings().size(), report::toString);
      assertTrue(report.warnings().getFirst().contains("standard input is"), report::toString);
      assertTrue(
          report.of(Protection.DESCRIPTORS).detail().contains("standard input is"),
          report::toString);
    }
  }

  @Test
  void aDirectoryIsRefused() throws Exception {
    try (Fd directory = Sandboxed.open(work, Uapi.O_RDONLY())) {
      assertRefusedEverywhere(directory, StreamKind.DIRECTORIES);
    }
  }

  @Test
  void aMerePathIsRefused() throws Exception {
    try (Fd directory = Sandboxed.open(work, Uapi.O_PATH());
        Fd path = Sandboxed.open(file, Uapi.O_PATH())) {
      assertRefusedEverywhere(directory, StreamKind.OTHERS);
      assertRefusedEverywhere(path, StreamKind.OTHERS);
    }
  }

  @Test
  void socketsThatReachAnythingAreRefused() throws Exception {
    try (Fd tcp = socket(AF_INET, SOCK_STREAM);
        Fd udp = socket(AF_INET, SOCK_DGRAM);
        Fd unconnected = socket(AF_UNIX, SOCK_STREAM);
        Fd datagrams = socket(AF_UNIX, SOCK_DGRAM);
        Pair datagramPair = pair(SOCK_DGRAM);
        Fd listening = listening(work.resolve("socket"))) {
      for (Fd socket :
          List.of(tcp, udp, unconnected, datagrams, datagramPair.theirs(), listening)) {
        assertRefusedEverywhere(socket, StreamKind.SOCKETS);
      }
    }
  }

  private static Fd listening(Path path) throws KernelException {
    Fd socket = socket(AF_UNIX, SOCK_STREAM);
    try (Arena arena = Arena.ofConfined()) {
      // struct sockaddr_un: | family 16 | path, 108 bytes |
      MemorySegment address = arena.allocate(110, Short.BYTES);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      address.setString(2, path.toString());
      Syscall.check(
          Syscall.call(
              Syscall.number("bind"), socket.number(), address.address(), address.byteSize()),
          "bind",
          "bind a socket");
      Syscall.check(Syscall.call(Syscall.number("listen"), socket.number(), 1), "listen", "listen");
      return socket;
    } catch (KernelException e) {
      socket.close();
      throw e;
    }
  }

  @Test
  void whatThePolicyAllowsAnywayPasses() throws Exception {
    Policy network =
        Sandboxed.readonly()
            .network(Network.DEFAULT.withAccess(Network.Access.FULL).withUnixSockets(true))
            .build();
    try (Fd tcp = socket(AF_INET, SOCK_STREAM);
        Fd datagrams = socket(AF_UNIX, SOCK_DGRAM)) {
      for (Fd socket : List.of(tcp, datagrams)) {
        Outcome outcome = command(network, socket, "/bin/true").run();
        assertEquals(new Ending.Exited(0), outcome.ending(), outcome::toJson);
      }
    }
  }

  /** As Node and ssh give them to their children. */
  @ParameterizedTest
  @EachIsolation
  void connectedUnixStreamsPassAndAreNamed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (int type : new int[] {SOCK_STREAM, SOCK_SEQPACKET}) {
      for (Policy policy : policies(isolation)) {
        try (Pair sockets = pair(type)) {
          Outcome outcome =
              command(policy, sockets.theirs(), "/bin/sh", "-c", "echo works >&0").run();
          assertEquals(new Ending.Exited(0), outcome.ending(), outcome::toJson);
          String detail = outcome.enforcement().orElseThrow().of(Protection.DESCRIPTORS).detail();
          assertTrue(detail.contains("standard input is a Unix stream"), detail);
          assertEquals(List.of(), outcome.enforcement().orElseThrow().warnings());
        }
      }
    }
  }

  @Test
  void handlesAreRefused() throws Exception {
    Fd event = Fd.owning(Syscall.call(Syscall.number("eventfd2"), 0, 0), "eventfd2", "count");
    Fd epoll = Fd.owning(Syscall.call(Syscall.number("epoll_create1"), 0), "epoll", "wait");
    Fd self =
        Fd.owning(
            Syscall.call(Syscall.number("pidfd_open"), ProcessHandle.current().pid(), 0),
            "pidfd_open",
            "hold this process");
    try (event;
        epoll;
        self;
        Fd namespace = Sandboxed.open(Path.of("/proc/self/ns/net"), Uapi.O_RDONLY());
        Fd setting = Sandboxed.open(Path.of("/proc/self/comm"), Uapi.O_RDWR())) {
      for (Fd handle : List.of(event, epoll, self, namespace, setting)) {
        assertRefusedEverywhere(handle, StreamKind.OTHERS);
      }
    }
  }

  /** Open for reading is as good as any other: a process goes on living. */
  @Test
  void memoryIsRefused() throws Exception {
    try (Fd memory = Sandboxed.open(Path.of("/proc/self/mem"), Uapi.O_RDONLY())) {
      assertRefusedEverywhere(memory, StreamKind.OTHERS);
    }
  }

  /** Also those that nobody knows here. */
  @Test
  void fileSystemsThatStoreNothingAreTheKernels() {
    assertTrue(StandardStream.isKernels(0x12345678, 0));
    assertTrue(StandardStream.isKernels(0x5a3c69f0, 0), "apparmorfs");
    assertTrue(StandardStream.isKernels(0xde5e81e4L, 100), "efivarfs");
    assertFalse(StandardStream.isKernels(0x01021994, 0), "tmpfs without a limit");
    assertFalse(StandardStream.isKernels(0x65735546, 0), "fuse");
    assertFalse(StandardStream.isKernels(0xef53, 100), "ext4");
  }

  /** What is written there was not all that happened. */
  @ParameterizedTest
  @EachIsolation
  void theAuditLogIsNoStream(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path log = work.resolve("audit.jsonl");
    Path again = Files.createDirectory(work.resolve("elsewhere"));
    for (int flags :
        new int[] {Uapi.O_WRONLY() | Uapi.O_APPEND(), Uapi.O_RDWR(), Uapi.O_RDONLY()}) {
      for (Policy.Builder builder :
          List.of(Sandboxed.readonly(), Attempts.tools(isolation).mode(Mode.WORKSPACE_WRITE))) {
        Policy policy =
            builder.isolation(isolation).audit(AuditSettings.to(log.toString())).build();
        assertEquals(new Ending.Exited(0), Sandboxed.sh(policy, again, "true").ending());
        long size = Files.size(log);
        try (Fd stream = Sandboxed.open(log, flags)) {
          assertRefused(
              Sandboxed.of(policy)
                  .command("/bin/sh", "-c", "echo forged >&2")
                  .directory(again)
                  .parentEnvironment(Sandboxed.ENVIRONMENT)
                  .stderr(Stdio.to(stream))
                  .run(),
              "leads to the audit log " + log);
        }
        assertTrue(Files.size(log) >= size);
        assertFalse(Files.readString(log).lines().anyMatch("forged"::equals));
      }
    }
  }

  /** It is no more than the limit only where all that can be written is the command's own. */
  @Test
  void aStreamThatIsAFileIsNotLimitedByTheSizeOfOthers() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy.Builder builder =
        Policy.builder()
            .isolation(Isolation.NAMESPACE)
            .limit(TreeLimit.DISK, 1 << 20)
            // So that nothing but the streams is different.
            .limit(Resource.FILE_SIZE, Limit.of(1 << 20));
    Path out = Files.createFile(work.resolve("out"));
    try (Fd stream = Sandboxed.open(out, Uapi.O_WRONLY())) {
      assertRefused(
          filling(Sandboxed.of(builder.build()), Stdio.to(stream)),
          "limits: disk: ",
          "| cat > FILE");

      Sandbox sandbox =
          Sandboxed.of(builder.enforcement(Protection.LIMITS, Requirement.PREFER).build());
      for (int i = 0; i < 3; i++) {
        for (boolean file : new boolean[] {false, true}) {
          Outcome outcome = filling(sandbox, file ? Stdio.to(stream) : Stdio.discard());
          assertReported(
              file ? ProtectionState.PARTIAL : ProtectionState.ENFORCED,
              Protection.LIMITS,
              outcome);
        }
      }
    }
    assertEquals(1 << 20, Files.size(out));
  }

  private Outcome filling(Sandbox sandbox, Stdio out) throws Exception {
    return sandbox
        .command("/bin/sh", "-c", "head -c 3000000 /dev/zero; :")
        .directory(work)
        .parentEnvironment(Sandboxed.ENVIRONMENT)
        .stdout(out)
        .run();
  }

  @Test
  void devicesAreRefused() throws Exception {
    try (Fd multiplexer = Sandboxed.open(Path.of("/dev/ptmx"), Uapi.O_RDWR() | Uapi.O_NOCTTY())) {
      assertRefusedEverywhere(multiplexer, StreamKind.DEVICES);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void filesPipesAndHarmlessDevicesPass(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : policies(isolation)) {
      for (String path :
          List.of(file.toString(), "/dev/null", "/dev/zero", "/dev/urandom", "/proc/self/status")) {
        try (Fd in = Sandboxed.open(Path.of(path), Uapi.O_RDONLY())) {
          Outcome outcome = command(policy, in, "/bin/true").run();
          Sandboxed.assumeLandlockSuffices(outcome);
          assertEquals(new Ending.Exited(0), outcome.ending(), path);
          assertEquals(List.of(), outcome.enforcement().orElseThrow().warnings());
        }
      }
    }
  }

  /** What a report calls enforced cannot be done. */
  @ParameterizedTest
  @EachIsolation
  void aFileIsNotChangedThroughItsDescriptorOrTheReportSaysSo(Isolation isolation)
      throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    String script =
        """
        import os
        def attempt(action):
            try: action()
            except OSError as e: pass
        attempt(lambda: os.fchmod(0, 0o777))
        attempt(lambda: os.chmod('/proc/self/fd/0', 0o777))
        """;
    for (Policy policy : policies(isolation)) {
      if (policy.mode() == Mode.FULL_ACCESS) {
        continue;
      }
      // Outside of the workspace, which is somewhere else.
      Path other = Files.createDirectories(work.resolve("other"));
      try (Fd in = Sandboxed.open(file, Uapi.O_RDONLY())) {
        Outcome outcome = command(policy, in, PYTHON, "-Ic", script).directory(other).run();
        Sandboxed.assumeLandlockSuffices(outcome);
        assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
        EnforcedProtection metadata = outcome.enforcement().orElseThrow().of(Protection.METADATA);
        boolean changed =
            !PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).equals("rw-r-----");
        assertFalse(changed && metadata.state() == ProtectionState.ENFORCED, metadata::toString);
        if (isolation == Isolation.NAMESPACE) {
          assertReported(
              ProtectionState.PARTIAL, Protection.METADATA, outcome, "standard input (a file that");
        }
      } finally {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
      }
    }
  }

  /** On kernels that have none, only mounts keep files from being written. */
  @Test
  void withoutLandlockAFileMayBeOpenedAgain() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = Sandboxed.readonly().isolation(Isolation.NAMESPACE).build();
    EnforcementReport report = Sandboxed.sh(policy, work, "true").enforcement().orElseThrow();
    try (Fd in = Sandboxed.open(file, Uapi.O_RDONLY())) {
      var streams =
          StandardStreams.look(
              new StdioSet(Stdio.to(in), Stdio.pipe(), Optional.empty()),
              policy,
              Network.Access.NONE,
              Optional.empty());
      for (Protection protection : List.of(Protection.FILESYSTEM, Protection.TRUNCATE)) {
        assertEquals(
            ProtectionState.PARTIAL,
            streams.describe(report, true, Abi.V0, path -> false).of(protection).state());
        assertEquals(
            report.of(protection),
            streams.describe(report, true, Abi.V3, path -> false).of(protection));
        assertEquals(
            report.of(protection),
            streams.describe(report, true, Abi.V0, path -> true).of(protection));
      }
    }
  }

  /** Without a file among them, nothing is taken back. */
  @Test
  void readOnlyMountsHoldForAllWhereNoStreamIsAFile() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = Sandboxed.readonly().isolation(Isolation.NAMESPACE).build();
    Outcome outcome = Sandboxed.sh(policy, work, "true");
    assertReported(ProtectionState.ENFORCED, Protection.METADATA, outcome);
  }

  /** It is the machine's own, and root's commands have it as an input that is empty. */
  @ParameterizedTest
  @EachIsolation
  void theModeOfTheNullDeviceStays(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var device = Path.of("/dev/null");
    var before = Files.getPosixFilePermissions(device);
    // The same mode again: nothing is broken if it works.
    String script =
        "chmod 666 /proc/self/fd/0 && echo changed; chmod 666 /dev/stdin && echo too; :";
    assumeTrue(before.equals(PosixFilePermissions.fromString("rw-rw-rw-")), "another mode");
    for (Policy policy : List.of(policies(isolation).get(0), policies(isolation).get(1))) {
      Outcome outcome =
          Sandboxed.of(policy)
              .command("/bin/sh", "-c", script)
              .directory(work)
              .parentEnvironment(Sandboxed.ENVIRONMENT)
              .captureOutput()
              .run();
      assertEquals("", text(outcome), () -> outcome.toJson());
    }
  }

  /** The description that was opened for reading is not opened again for writing. */
  @ParameterizedTest
  @EachIsolation
  void aFileThatIsOpenForReadingIsNotOpenedForWriting(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path other = Files.createDirectories(work.resolve("other"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    String script =
        "echo changed >/proc/self/fd/0; echo changed >>/dev/stdin; echo changed 1<>/dev/fd/0; :";
    for (Policy policy : policies(isolation)) {
      if (policy.mode() == Mode.FULL_ACCESS) {
        continue;
      }
      try (Fd in = Sandboxed.open(file, Uapi.O_RDONLY())) {
        command(policy, in, "/bin/sh", "-c", script).directory(other).run();
        assertEquals("content\n", Files.readString(file));
      }
    }
  }
}
