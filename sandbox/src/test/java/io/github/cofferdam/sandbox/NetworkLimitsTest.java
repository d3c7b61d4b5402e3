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

import io.github.cofferdam.confinement.BrokerSupport;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRefusal;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How many connections a command may have, and how fast it may send. */
@Tag("kernel")
class NetworkLimitsTest {
  /** A client that is connected, and what a refusal reads like. */
  private static final String CLIENT =
      """
      import errno, os, signal, socket, sys, threading
      def connect(s=None, port=int(sys.argv[1])):
          s = s or socket.socket()
          error = s.connect_ex(('127.0.0.1', port))
          print(errno.errorcode.get(error, error), flush=True)
          return s
      """;

  private static final int PACING = 47;
  private static final long RATE = 3_000_000;

  @TempDir private Path temporary;

  @BeforeEach
  void aBrokerWorks() throws IOException {
    Optional<String> obstacle = BrokerSupport.obstacle();
    assumeTrue(obstacle.isEmpty(), obstacle::toString);
  }

  /** Every way in which sockets reach a broker: made by the command, or given to it. */
  private static Stream<Arguments> levels() {
    Network full = Network.DEFAULT.withAccess(Network.Access.FULL);
    Network listed =
        Network.DEFAULT
            .withAllow(List.of(NetworkRule.parse("127.0.0.1")))
            .withListen(List.of(ListenAddress.parse("1024-65535")));
    return Sandboxed.ISOLATIONS.stream()
        .flatMap(
            isolation -> Stream.of(full, listed).map(network -> Arguments.of(isolation, network)));
  }

  private static Policy limited(Isolation isolation, Network network, TreeLimit limit, long value)
      throws Exception {
    assumeAvailable(isolation);
    return readonly().isolation(isolation).network(network).limit(limit, value).build();
  }

  private static ServerSocket server() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @ParameterizedTest
  @MethodSource("levels")
  void onlySoManyConnectionsAreOpenAtOnce(Isolation isolation, Network network) throws Exception {
    Policy policy = limited(isolation, network, TreeLimit.CONNECTIONS, 2);
    String script =
        """
        one, two, three = connect(), connect(), connect()
        # Nor has another process of the run any left.
        if os.fork() == 0:
            connect()
            os._exit(0)
        os.wait()
        two.close()
        four = connect(three)
        connect()
        # A second descriptor is the same connection.
        again = os.dup(one.fileno())
        one.close()
        connect()
        os.close(again)
        connect()
        """;
    try (ServerSocket server = server()) {
      Outcome outcome = python(policy, temporary, CLIENT + script, server.getLocalPort());
      assertPrints("0\n0\nEACCES\nEACCES\n0\nEACCES\nEACCES\n0\n", outcome);
      assertReported(
          ProtectionState.ENFORCED, Protection.LIMITS, outcome, "connections: a broker counts");
      assertEquals(
          List.of(new HitLimit("connections", "connections that were refused: 4")),
          outcome.limitsHit());
    }
  }

  /** What fails leaves no trace, and what goes on counts once. */
  @ParameterizedTest
  @MethodSource("levels")
  void aSocketCountsOnceAndOnlyIfItIsConnected(Isolation isolation, Network network)
      throws Exception {
    Policy policy = limited(isolation, network, TreeLimit.CONNECTIONS, 1);
    String script =
        """
        for _ in range(3):
            connect(port=int(sys.argv[2]))
        s = connect()
        connect(s)
        connect()
        # Dissolved and connected anew: the same one.
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.connect(s.fileno(), bytes(16), 16))
        connect(s)
        connect()
        print(libc.connect(s.fileno(), bytes(16), 16))
        connect()
        # One that is not waited for.
        n = socket.socket()
        n.setblocking(False)
        connect(n)
        n.close()
        """;
    int closed;
    try (ServerSocket other = server()) {
      closed = other.getLocalPort();
    }
    try (ServerSocket server = server()) {
      Outcome outcome = python(policy, temporary, CLIENT + script, server.getLocalPort(), closed);
      assertPrints(
          "ECONNREFUSED\n".repeat(3) + "0\nEISCONN\nEACCES\n0\n0\nEACCES\n0\n0\nEINPROGRESS\n",
          outcome);
    }
  }

  @ParameterizedTest
  @MethodSource("levels")
  void threadsTogetherGetNoMore(Isolation isolation, Network network) throws Exception {
    Policy policy = limited(isolation, network, TreeLimit.CONNECTIONS, 5);
    String script =
        """
        made, start = [], threading.Barrier(20)
        def run():
            start.wait()
            for _ in range(5):
                s = socket.socket()
                if s.connect_ex(('127.0.0.1', int(sys.argv[1]))) == 0:
                    made.append(s)
        threads = [threading.Thread(target=run) for _ in range(20)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(made))
        """;
    try (ServerSocket server = server()) {
      assertPrints("5\n", python(policy, temporary, CLIENT + script, server.getLocalPort()));
    }
  }

  /** The refusal is what the policy wants one to look like, and names the limit. */
  @Test
  void aRefusalReadsAsThoseOfRules() throws Exception {
    Path log = temporary.resolve("log");
    Policy policy =
        limited(
                Isolation.BASIC,
                Network.DEFAULT
                    .withAccess(Network.Access.FULL)
                    .withRefusal(NetworkRefusal.CONNECTION_REFUSED),
                TreeLimit.CONNECTIONS,
                1)
            .toBuilder()
            .audit(
                AuditSettings.DEFAULT
                    .withLogFile(log.toString())
                    .withEnabled(true)
                    .withLogNetwork(true))
            .build();
    try (ServerSocket server = server()) {
      Outcome outcome =
          python(policy, temporary, CLIENT + "a = connect(); b = connect()", server.getLocalPort());
      assertPrints("0\nECONNREFUSED\n", outcome);
      NetworkUse use = outcome.network().orElseThrow();
      assertEquals(1, use.allowed());
      assertEquals(1, use.refused());
      assertTrue(
          use.refusedTargets().getFirst().endsWith(": limits.connections = 1"), use::toString);
    }
    assertTrue(Files.readString(log).contains("\"limits.connections = 1\""));
  }

  @ParameterizedTest
  @MethodSource("levels")
  void whatGoesOutHasARateThatTheCommandCannotChange(Isolation isolation, Network network)
      throws Exception {
    Policy policy =
        limited(isolation, network, TreeLimit.BANDWIDTH, RATE).toBuilder()
            .enforcement(Protection.LIMITS, Requirement.PREFER)
            .build();
    String script =
        """
        PACING = %d
        def rate(s): print(s.getsockopt(socket.SOL_SOCKET, PACING))
        c = connect()
        rate(c)
        l = socket.socket()
        l.bind(('127.0.0.1', 0))
        l.listen()
        rate(l)
        d = connect(port=l.getsockname()[1])
        a, _ = l.accept()
        rate(d)
        rate(a)
        for s in (c, l, a):
            try:
                s.setsockopt(socket.SOL_SOCKET, PACING, 1 << 30)
                print('changed')
            except OSError as e:
                print(errno.errorcode[e.errno])
        rate(a)
        c.sendall(b'hello')
        """
            .formatted(PACING);
    try (ServerSocket server = server()) {
      Outcome outcome = python(policy, temporary, CLIENT + script, server.getLocalPort());
      String rate = RATE + "\n";
      assertPrints("0\n" + rate + rate + "0\n" + rate + rate + "EPERM\n".repeat(3) + rate, outcome);
      try (var client = server.accept()) {
        assertEquals(
            "hello", new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
      }
      assertReported(
          ProtectionState.PARTIAL,
          Protection.LIMITS,
          outcome,
          "what goes out over each TCP connection",
          "what comes in is not");
    }
  }

  /** More than 32 bits can say. */
  @Test
  void aRateMayBeLarge() throws Exception {
    long rate = 10L << 30;
    Policy policy =
        limited(
                Isolation.BASIC,
                Network.DEFAULT.withAccess(Network.Access.FULL),
                TreeLimit.BANDWIDTH,
                rate)
            .toBuilder()
            .enforcement(Protection.LIMITS, Requirement.PREFER)
            .build();
    String script =
        "c = connect(); print(int.from_bytes(c.getsockopt(socket.SOL_SOCKET, %d, 8), 'little'))"
            .formatted(PACING);
    try (ServerSocket server = server()) {
      assertPrints(
          "0\n" + rate + "\n", python(policy, temporary, CLIENT + script, server.getLocalPort()));
    }
  }

  @Test
  void aStrictPolicyIsRefusedSinceBandwidthIsHeldOneWay() throws Exception {
    Network full = Network.DEFAULT.withAccess(Network.Access.FULL);
    Policy policy = limited(Isolation.BASIC, full, TreeLimit.BANDWIDTH, RATE);
    assertRefused(python(policy, temporary, ""), "limits", "what comes in is not");
    // Nothing goes out, and nothing comes in.
    Policy none = policy.toBuilder().network(Network.DEFAULT).build();
    Outcome outcome = python(none, temporary, "print('ran')");
    assertPrints("ran\n", outcome);
    assertReported(ProtectionState.ENFORCED, Protection.LIMITS, outcome, "seccomp");
    assertTrue(outcome.network().isEmpty(), () -> text(outcome));
  }
}
