package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.CommandRule;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What commands can reach, on this machine's kernel. */
@Tag("kernel")
@FirstAndLaterRuns
class SandboxNetworkTest {
  private static final String CONNECT =
      "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 30)";

  private static final String SERVER_AND_CLIENT =
      """
      import socket
      s = socket.create_server(('127.0.0.1', 0))
      c = socket.create_connection(s.getsockname(), 30)
      a, _ = s.accept()
      c.sendall(b'hello')
      print(a.recv(5).decode())
      """;

  @TempDir private Path temporary;

  private static Policy network(Network.Access access, boolean unixSockets, CommandRule... rules) {
    return readonly()
        .network(
            Network.DEFAULT
                .withAccess(access)
                .withUnixSockets(unixSockets)
                .withCommandRules(List.of(rules)))
        .build();
  }

  private static void assertError(String error, Outcome outcome) {
    assertEquals(new Ending.Exited(1), outcome.ending(), () -> text(outcome));
    assertTrue(text(outcome).contains(error), () -> text(outcome));
  }

  private static ServerSocket server() throws Exception {
    return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @ParameterizedTest
  @EachIsolation
  void withoutNetworkNothingIsReached(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = readonly().isolation(isolation).build();
    try (ServerSocket server = server()) {
      assertError(
          "PermissionError: [Errno 1]", python(policy, temporary, CONNECT, server.getLocalPort()));
      server.setSoTimeout(100);
      assertThrows(SocketTimeoutException.class, server::accept);
    }
    for (String family :
        List.of("AF_INET", "AF_INET6", "AF_NETLINK, socket.SOCK_RAW", "AF_PACKET")) {
      for (String socket : List.of("import socket; socket.socket(socket.%s)".formatted(family))) {
        assertError("PermissionError: [Errno 1]", python(policy, temporary, socket));
      }
    }
  }

  @Test
  void theLoopbackIsTheSandboxsOwn() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    for (Isolation isolation : Sandboxed.ISOLATIONS) {
      Policy policy = readonly().network(Network.Access.LOOPBACK).isolation(isolation).build();
      assertPrints("hello\n", python(policy, temporary, SERVER_AND_CLIENT));
      try (ServerSocket server = server()) {
        assertError(
            "ConnectionRefusedError", python(policy, temporary, CONNECT, server.getLocalPort()));
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void theFullNetworkReachesTheHost(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = readonly().network(Network.Access.FULL).isolation(isolation).build();
    try (ServerSocket server = server()) {
      assertPrints("", python(policy, temporary, CONNECT, server.getLocalPort()));
      server.accept().close();
    }
    // Packet sockets are refused all the same.
    assertError(
        "PermissionError",
        python(policy, temporary, "import socket; socket.socket(socket.AF_PACKET)"));
  }

  @Test
  void aRuleTakesTheNetworkFromACommand() throws Exception {
    Policy policy =
        network(Network.Access.FULL, false, new CommandRule("python3", Optional.of(false), false));
    try (ServerSocket server = server()) {
      assertError("PermissionError", python(policy, temporary, CONNECT, server.getLocalPort()));
    }
  }

  @Test
  void unixSocketsAreRefusedUnlessAllowed() throws Exception {
    Path path = temporary.toRealPath().resolve("socket");
    String connect =
        "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1]);"
            + " print('connected')";
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));

      for (Network.Access access : List.of(Network.Access.NONE, Network.Access.FULL)) {
        assertError("PermissionError", python(network(access, false), temporary, connect, path));
        assertPrints("connected\n", python(network(access, true), temporary, connect, path));
      }
    }
    // Socket pairs reach nobody else.
    assertPrints(
        "",
        python(
            network(Network.Access.NONE, false), temporary, "import socket; socket.socketpair()"));
  }

  @Test
  void abstractSocketsOfTheHostAreOutOfReach() throws Exception {
    assumeTrue(Abi.current().compareTo(Abi.V6) >= 0, "this kernel's Landlock is too old");
    assumeTrue(Path.of(PYTHON).toFile().canExecute(), "no " + PYTHON);
    String name = "cofferdam-test-" + ProcessHandle.current().pid();
    String listen =
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind('\\0' + sys.argv[1]);"
            + " s.listen(); print('ready', flush=True); sys.stdin.read()";
    String connect =
        "import socket, sys; socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[1])";
    Process host = new ProcessBuilder(PYTHON, "-Ic", listen, name).start();
    try {
      assertEquals("ready", host.inputReader().readLine());
      assertError(
          "PermissionError", python(network(Network.Access.FULL, true), temporary, connect, name));
      assertPrints(
          "",
          python(
              network(Network.Access.FULL, true).toBuilder()
                  .enforcement(Protection.ABSTRACT_SOCKETS, Requirement.OFF)
                  .build(),
              temporary,
              connect,
              name));
    } finally {
      host.getOutputStream().close();
      host.waitFor();
    }
  }
}
