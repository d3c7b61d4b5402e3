package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Some Unix sockets and no others, on this machine's kernel. */
@Tag("kernel")
@FirstAndLaterRuns
class UnixSocketsTest {
  /** Says what comes of each way to each path. */
  private static final String ATTEMPTS =
      """
      import errno, os, socket, sys
      def attempt(name, way):
          try:
              way()
              print(name, 'connected')
          except OSError as e:
              print(name, errno.errorcode[e.errno])
      def stream(path): socket.socket(socket.AF_UNIX).connect(path)
      def datagram(path): socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', path)
      def pair(path): socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', path)
      """;

  private static final String OWN =
      """
      s = socket.socket(socket.AF_UNIX)
      s.bind(os.environ.get('TMPDIR', '/tmp') + '/own')
      s.listen()
      attempt('own', lambda: stream(s.getsockname()))
      """;

  @TempDir private Path directory;
  @TempDir private Path sockets;
  private Path listed;
  private Path other;
  private ServerSocketChannel listedServer;
  private ServerSocketChannel otherServer;

  @BeforeEach
  void listen() throws IOException {
    listed = sockets.toRealPath().resolve("listed");
    other = sockets.toRealPath().resolve("other");
    listedServer = server(listed);
    otherServer = server(other);
  }

  private static ServerSocketChannel server(Path path) throws IOException {
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path), 50);
    return server;
  }

  @AfterEach
  void close() throws IOException {
    listedServer.close();
    otherServer.close();
  }

  private Policy.Builder listing(Isolation isolation, String... paths) {
    return readonly().isolation(isolation).network(Network.DEFAULT.withUnixSockets(List.of(paths)));
  }

  /** Strict, where that can be had. */
  private Policy.Builder preferred(Isolation isolation) {
    return listing(isolation, listed.toString())
        .enforcement(Protection.UNIX_SOCKETS, Requirement.PREFER);
  }

  private Outcome attempt(Policy policy, String more) throws Exception {
    String script =
        """
        listed, other = sys.argv[1:]
        attempt('listed', lambda: stream(listed))
        attempt('other', lambda: stream(other))
        """;
    return python(policy, directory, ATTEMPTS + script + more, listed, other);
  }

  private static boolean hasLandlock9() {
    return Abi.current().compareTo(Abi.V9) >= 0;
  }

  @Test
  void aListIsRefusedWhereNothingCanHoldIt() throws Exception {
    assumeTrue(!hasLandlock9(), "this kernel's Landlock tells sockets apart");
    for (Enforcement.Level level : Enforcement.Level.values()) {
      Policy basic =
          listing(Isolation.BASIC, listed.toString())
              .enforcement(Enforcement.DEFAULT.withLevel(level))
              .build();
      assertRefused(
          attempt(basic, ""), "network.unix_sockets by path needs Landlock 9 (Linux 7.1 or newer)");
    }
    assumeAvailable(Isolation.NAMESPACE);
    Policy full = preferred(Isolation.NAMESPACE).mode(Mode.FULL_ACCESS).build();
    assertRefused(attempt(full, ""), "network.unix_sockets by path needs Landlock 9");
    Policy strict = listing(Isolation.NAMESPACE, listed.toString()).build();
    assertRefused(attempt(strict, ""), "unix_sockets", "a root of its own");
  }

  /** The host's /tmp is not there, and what is listed of it is. */
  @Test
  void aRootHasWhatIsListed() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Outcome outcome = attempt(preferred(Isolation.NAMESPACE).build(), OWN);
    String refused = hasLandlock9() ? "EACCES" : "ENOENT";
    assertPrints("listed connected\nother " + refused + "\nown connected\n", outcome);
    if (!hasLandlock9()) {
      assertReported(
          ProtectionState.PARTIAL,
          Protection.UNIX_SOCKETS,
          outcome,
          "has the sockets that the policy lists",
          "Landlock 9");
    }
  }

  /** Also where only some of the host is: nothing else of the directory comes along. */
  @Test
  void aSmallRootHasWhatIsListedAndNothingBeside() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy =
        preferred(Isolation.NAMESPACE)
            .readExecute(Path.of("/usr"), Path.of("/lib"), Path.of("/lib64"), Path.of("/etc"))
            .readOnly(directory)
            .build();
    String more =
        """
        attempt('datagram', lambda: datagram(other))
        attempt('pair', lambda: pair(other))
        attempt('root', lambda: stream('/proc/self/root' + other))
        attempt('parent', lambda: stream('/..' + other))
        print(sorted(os.listdir(os.path.dirname(listed))))
        attempt('write', lambda: os.unlink(listed))
        """;
    Outcome outcome = attempt(policy, more);
    assertPrints(
        """
        listed connected
        other ENOENT
        datagram ENOENT
        pair ENOENT
        root ENOENT
        parent ENOENT
        ['listed']
        write EBUSY
        """
            .replace("EBUSY", hasLandlock9() ? "EACCES" : "EBUSY"),
        outcome);
  }

  @Test
  void aLinkInAListIsFollowed() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path link = sockets.toRealPath().resolve("link");
    Files.createSymbolicLink(link, listed);
    Policy policy =
        listing(Isolation.NAMESPACE, link.toString())
            .enforcement(Protection.UNIX_SOCKETS, Requirement.PREFER)
            .build();
    assertPrints(
        "listed connected\n",
        python(
            policy,
            directory,
            ATTEMPTS + "attempt('listed', lambda: stream(sys.argv[1]))",
            listed));
  }

  /** Else it would decide what its later runs may connect to. */
  @Test
  void aLinkThatTheCommandMayReplaceIsRefused() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path link = directory.toRealPath().resolve("link");
    Files.createSymbolicLink(link, listed);
    Policy policy =
        listing(Isolation.NAMESPACE, "link")
            .mode(Mode.WORKSPACE_WRITE)
            .enforcement(Protection.UNIX_SOCKETS, Requirement.PREFER)
            .build();
    assertRefused(attempt(policy, ""), "network.unix_sockets", link.toString());
  }

  @Test
  void aListOpensNoAbstractSockets() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    assumeTrue(Path.of(Sandboxed.PYTHON).toFile().canExecute(), "no " + Sandboxed.PYTHON);
    String name = "cofferdam-test-" + ProcessHandle.current().pid();
    String listen =
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind('\\0' + sys.argv[1]);"
            + " s.listen(); print('ready', flush=True); sys.stdin.read()";
    Process host = new ProcessBuilder(Sandboxed.PYTHON, "-Ic", listen, name).start();
    try {
      assertEquals("ready", host.inputReader().readLine());
      Outcome outcome =
          python(
              preferred(Isolation.NAMESPACE).build(),
              directory,
              ATTEMPTS + "attempt('abstract', lambda: stream('\\0' + sys.argv[1]))",
              name);
      assertTrue(text(outcome).matches("abstract (ECONNREFUSED|EPERM)\n"), () -> text(outcome));
    } finally {
      host.getOutputStream().close();
      host.waitFor();
    }
  }

  /** Where the kernel tells sockets apart, no way leads to another one. */
  @Test
  void landlockHoldsAListByItself() throws Exception {
    assumeTrue(hasLandlock9(), "this kernel's Landlock does not tell sockets apart");
    for (Mode mode : List.of(Mode.READONLY, Mode.FULL_ACCESS)) {
      Policy policy = listing(Isolation.BASIC, listed.toString()).mode(mode).build();
      Path link = sockets.toRealPath().resolve("link-" + mode.key());
      Files.createSymbolicLink(link, other);
      String more =
          OWN
              + """
              attempt('link', lambda: stream(os.path.dirname(other) + '/link-%s'))
              attempt('datagram', lambda: datagram(other))
              attempt('pair', lambda: pair(other))
              attempt('root', lambda: stream('/proc/self/root' + other))
              """
                  .formatted(mode.key());
      Outcome outcome = attempt(policy, more);
      assertPrints(
          """
          listed connected
          other EACCES
          own connected
          link EACCES
          datagram EACCES
          pair EACCES
          root EACCES
          """,
          outcome);
      assertReported(ProtectionState.ENFORCED, Protection.UNIX_SOCKETS, outcome, "Landlock");
    }
  }
}
