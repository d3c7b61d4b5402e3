package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.assumeBroker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRefusal;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.TransportProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What each level of the network lets pass, and what the report says it is. */
@Tag("kernel")
@FirstAndLaterRuns
final class NetworkLevelsTest {
  private static final String SCRIPT =
      """
      import socket
      allowed, forbidden = int(sys.argv[1]), int(sys.argv[2])
      def connect(port, kind=socket.SOCK_STREAM):
          with socket.socket(socket.AF_INET, kind) as one:
              one.settimeout(30)
              one.connect(('127.0.0.1', port))
      def listen():
          with socket.socket() as one: one.listen(1)
      def send(port):
          with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
              one.sendto(b'x', ('127.0.0.1', port))
      attempt('allowed', lambda: connect(allowed))
      attempt('forbidden', lambda: connect(forbidden))
      attempt('udp', lambda: send(forbidden))
      attempt('listen', listen)
      """;

  @TempDir private Path temporary;

  private static ServerSocket server() throws Exception {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private static NetworkRule rule(String host, ServerSocket server) {
    return NetworkRule.parse(host + ":" + server.getLocalPort());
  }

  private static Policy policy(Isolation isolation, Network network) {
    return readonly().isolation(isolation).network(network).build();
  }

  private Map<String, String> attempts(
      Policy policy, ServerSocket allowed, ServerSocket forbidden, String script) throws Exception {
    return Attempts.confined(
        policy, temporary, script, allowed.getLocalPort(), forbidden.getLocalPort());
  }

  private String claim(Policy policy) throws Exception {
    Outcome outcome = Sandboxed.sh(policy, temporary, ":");
    var entry = outcome.enforcement().orElseThrow().of(Protection.NETWORK);
    assertEquals(ProtectionState.ENFORCED, entry.state(), entry::toString);
    return entry.cause().code();
  }

  @ParameterizedTest
  @EachIsolation
  void portsAlone(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Abi.current().compareTo(Abi.V4) >= 0, "no ports in this kernel's Landlock");
    try (ServerSocket allowed = server();
        ServerSocket forbidden = server()) {
      NetworkRule rule = rule("*", allowed).withProtocols(EnumSet.of(TransportProtocol.TCP));
      Network ports =
          Network.DEFAULT
              .withAllow(List.of(rule))
              .withPrivateAddresses(true)
              .withMetadataOpen(true);
      Policy policy = policy(isolation, ports);
      assertEquals(
          Map.of("allowed", "ok None", "forbidden", "EACCES", "udp", "EPERM", "listen", "EPERM"),
          attempts(policy, allowed, forbidden, SCRIPT));
      assertEquals("by_landlock", claim(policy));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void hosts(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeBroker();
    try (ServerSocket allowed = server();
        ServerSocket forbidden = server()) {
      Network hosts = Network.DEFAULT.withAllow(List.of(rule("127.0.0.1", allowed)));
      Policy policy = policy(isolation, hosts);
      assertEquals(
          Map.of("allowed", "ok None", "forbidden", "EACCES", "udp", "EACCES", "listen", "EACCES"),
          attempts(policy, allowed, forbidden, SCRIPT));
      assertEquals("by_broker", claim(policy));
      Policy silent = policy(isolation, hosts.withRefusal(NetworkRefusal.CONNECTION_REFUSED));
      assertEquals(
          Map.of(
              "allowed",
              "ok None",
              "forbidden",
              "ECONNREFUSED",
              "udp",
              "EACCES",
              "listen",
              "EACCES"),
          attempts(silent, allowed, forbidden, SCRIPT));
    }
  }

  /** A list that is empty allows nothing. */
  @ParameterizedTest
  @EachIsolation
  void nothing(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeBroker();
    try (ServerSocket allowed = server();
        ServerSocket forbidden = server()) {
      Policy policy = policy(isolation, Network.DEFAULT.withAllow(List.of()));
      Attempts.assertAll("EACCES", attempts(policy, allowed, forbidden, SCRIPT));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void allButWhatIsDenied(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeBroker();
    try (ServerSocket allowed = server();
        ServerSocket forbidden = server()) {
      Network network =
          Network.DEFAULT
              .withAccess(Network.Access.FULL)
              .withDeny(List.of(rule("127.0.0.0/8", forbidden)));
      Policy policy = policy(isolation, network);
      assertEquals(
          Map.of("allowed", "ok None", "forbidden", "EACCES", "udp", "EACCES", "listen", "ok None"),
          attempts(policy, allowed, forbidden, SCRIPT));
      assertEquals("by_broker", claim(policy));
    }
  }

  /** Whoever is connected to is on this host, and so is whoever connects: from outside the run. */
  @ParameterizedTest
  @EachIsolation
  void theHostReachesWhatListens(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeBroker();
    int port;
    try (ServerSocket free = server()) {
      port = free.getLocalPort();
    }
    Network network =
        Network.DEFAULT
            .withAllow(List.of())
            .withListen(List.of(ListenAddress.parse(Integer.toString(port))));
    String script =
        """
        import socket, sys
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(('0.0.0.0', int(sys.argv[1])))
            one.listen(1)
            print(one.getsockname()[0], flush=True)
            other, _ = one.accept()
            other.sendall(b'from inside')
            other.close()
        """;
    try (SandboxProcess process =
        Sandbox.of(policy(isolation, network))
            .start(Sandboxed.PYTHON, "-Ic", script, Integer.toString(port))) {
      assertEquals("127.0.0.1", process.inputReader(StandardCharsets.UTF_8).readLine());
      try (var client = new Socket()) {
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 30_000);
        byte[] said = client.getInputStream().readAllBytes();
        assertEquals("from inside", new String(said, StandardCharsets.UTF_8));
      }
      assertEquals(0, process.waitFor());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void whatWasRefusedIsCounted(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeBroker();
    try (ServerSocket allowed = server();
        ServerSocket forbidden = server()) {
      Network hosts = Network.DEFAULT.withAllow(List.of(rule("127.0.0.1", allowed)));
      String script =
          """
          import socket, sys
          for port in sys.argv[1:]:
              for i in range(3):
                  one = socket.socket()
                  print(one.connect_ex(('127.0.0.1', int(port))))
          """;
      Outcome outcome =
          Sandboxed.python(
              policy(isolation, hosts),
              temporary,
              script,
              allowed.getLocalPort(),
              forbidden.getLocalPort());
      assertEquals("0\n0\n0\n13\n13\n13\n", text(outcome));
      NetworkUse use = outcome.network().orElseThrow();
      assertEquals(3, use.allowed());
      assertEquals(3, use.refused());
      String target = "127.0.0.1 port " + forbidden.getLocalPort() + "/tcp: ";
      assertEquals(1, use.refusedTargets().size(), use::toString);
      assertTrue(use.refusedTargets().getFirst().startsWith(target), use::toString);
      assertFalse(outcome.toJson().contains("\"network\":null"));
    }
  }
}
