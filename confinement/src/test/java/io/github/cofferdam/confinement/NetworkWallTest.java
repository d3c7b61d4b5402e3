package io.github.cofferdam.confinement;

import static io.github.cofferdam.policy.ProtectionState.ENFORCED;
import static io.github.cofferdam.policy.ProtectionState.MISSING;
import static io.github.cofferdam.policy.ProtectionState.NOT_ASKED;
import static io.github.cofferdam.policy.ProtectionState.PARTIAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.DnsServer;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TransportProtocol;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.seccomp.Sockets;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What policies about sockets come to. */
class NetworkWallTest {
  @TempDir private Path temp;

  private Confinement on(Policy policy, Abi landlock) throws IOException {
    return DescribedHosts.confine(temp, policy, DescribedHosts.with(landlock));
  }

  private Confinement withoutBroker(Policy policy) throws IOException {
    return DescribedHosts.confine(temp, policy, DescribedHosts.withoutBroker());
  }

  @Test
  void whoListensWithoutANetworkIsTold() throws IOException {
    Network ports = Network.DEFAULT.withListen(List.of(ListenAddress.parse("8080")));
    Policy none = Policy.builder().isolation(Isolation.BASIC).network(ports).build();
    assertEquals(
        List.of(
            "network.listen has no effect, since there is no network: allow = [] beside it allows"
                + " listening, and no host"),
        on(none, Abi.V7).report().warnings());
    Policy listed = none.toBuilder().network(ports.withAllow(List.of())).build();
    assertEquals(List.of(), on(listed, Abi.V7).report().warnings());
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, NONE, false, false",
    "BASIC, LOOPBACK, true, true",
    "BASIC, FULL, false, false",
    "NAMESPACE, NONE, true, false",
    "NAMESPACE, LOOPBACK, true, true",
    "NAMESPACE, FULL, false, false"
  })
  void theNetworkNamespaceFollowsTheNetwork(
      Isolation isolation, Network.Access access, boolean own, boolean loopback)
      throws IOException {
    Policy policy = Policy.builder().isolation(isolation).network(access).build();

    Confinement confinement = on(policy, Abi.V7);
    String launcher = confinement.launcher().toString();

    assertEquals(own, launcher.contains("CLONE_NEWNET"), launcher);
    assertEquals(loopback, launcher.contains("SIOCSIFFLAGS"), launcher);
  }

  /** Whatever is asked for of the network and cannot be had, nothing passes in its place. */
  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void rulesOnHostsAreRefusedWhereNobodyCanAnswer(Isolation isolation) throws IOException {
    NetworkRule rule = NetworkRule.parse("example.org:443");
    Network full = Network.DEFAULT.withAccess(Network.Access.FULL);
    for (Network network :
        List.of(
            Network.DEFAULT.withAllow(List.of(rule)),
            Network.DEFAULT.withAllow(List.of()),
            full.withDeny(List.of(rule)),
            full.withDns(List.of(DnsServer.parse("192.0.2.1"))))) {
      for (Enforcement.Level level : Enforcement.Level.values()) {
        Policy policy =
            Policy.builder()
                .isolation(isolation)
                .network(network)
                .enforcement(Enforcement.DEFAULT.withLevel(level))
                .build();
        Refusal refusal =
            assertThrows(Refusal.class, () -> withoutBroker(policy), network::toString);
        String words = String.valueOf(refusal.getMessage());
        assertTrue(words.endsWith("nobody answers"), words);
        EnforcedProtection held = on(policy, Abi.V7).report().of(Protection.NETWORK);
        assertEquals(ENFORCED, held.state());
        assertEquals("by_broker", held.cause().code());

        Policy off = policy.toBuilder().enforcement(Protection.NETWORK, Requirement.OFF).build();
        assertEquals(NOT_ASKED, withoutBroker(off).report().of(Protection.NETWORK).state());
      }
    }
    // Without the network, there is nothing that they could be about.
    Policy none =
        Policy.builder()
            .isolation(isolation)
            .network(Network.DEFAULT.withDeny(List.of(rule)))
            .build();
    assertEquals(ENFORCED, withoutBroker(none).report().of(Protection.NETWORK).state());
  }

  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void metadataServicesAreMissingWhereNobodyCanAnswer(Isolation isolation) throws IOException {
    Network full = Network.DEFAULT.withAccess(Network.Access.FULL);
    Policy policy = Policy.builder().isolation(isolation).network(full).build();
    EnforcementReport held = on(policy, Abi.V7).report();
    assertEquals(ENFORCED, held.of(Protection.CLOUD_METADATA).state());
    assertEquals(NOT_ASKED, held.of(Protection.NETWORK).state());
    EnforcedProtection missing = withoutBroker(policy).report().of(Protection.CLOUD_METADATA);
    assertEquals(MISSING, missing.state());
    assertTrue(missing.detail().endsWith("nobody answers"), missing::detail);

    Policy open = policy.toBuilder().network(full.withMetadataOpen(true)).build();
    assertEquals(NOT_ASKED, on(open, Abi.V7).report().of(Protection.CLOUD_METADATA).state());
    assertTrue(on(open, Abi.V7).broker().isEmpty());
  }

  /** What Landlock can hold by itself costs no question. */
  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void portsOfWhateverHostAreLandlocks(Isolation isolation) throws IOException {
    NetworkRule rule = NetworkRule.parse("*:443").withProtocols(EnumSet.of(TransportProtocol.TCP));
    Network ports =
        Network.DEFAULT.withAllow(List.of(rule)).withPrivateAddresses(true).withMetadataOpen(true);
    Policy policy = Policy.builder().isolation(isolation).network(ports).build();
    Confinement held = withoutBroker(policy);
    assertEquals(ENFORCED, held.report().of(Protection.NETWORK).state());
    assertEquals("by_landlock", held.report().of(Protection.NETWORK).cause().code());
    assertTrue(held.broker().isEmpty());
    assertFalse(held.launcher().toString().contains("CLONE_NEWNET"));
    // Whatever else is asked for, Landlock cannot tell.
    for (Network more :
        List.of(
            ports.withMetadataOpen(false),
            ports.withPrivateAddresses(false),
            ports.withLoopback(true),
            ports.withDeny(List.of(rule)),
            ports.withListen(List.of(ListenAddress.parse("8080"))),
            ports.withAllow(List.of(NetworkRule.parse("*:443"))),
            ports.withAllow(List.of(rule.withPorts(List.of()))),
            ports.withAllow(List.of(rule, NetworkRule.parse("example.org:443"))))) {
      Policy other = policy.toBuilder().network(more).build();
      assertTrue(on(other, Abi.V7).broker().isPresent(), more::toString);
    }
    assertTrue(on(policy, Abi.V3).broker().isPresent());
  }

  /** With any network, somebody has to count; without one, nothing is there to be limited. */
  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void limitsOfSocketsAreHeldByABroker(Isolation isolation) throws IOException {
    Network full = Network.DEFAULT.withAccess(Network.Access.FULL).withMetadataOpen(true);
    Network listed = Network.DEFAULT.withAllow(List.of(NetworkRule.parse("example.org:443")));
    Policy limited = Policy.builder().isolation(isolation).limit(TreeLimit.CONNECTIONS, 3).build();
    for (Network.Access none : List.of(Network.Access.NONE, Network.Access.LOOPBACK)) {
      Policy policy = limited.toBuilder().network(none).limit(TreeLimit.BANDWIDTH, 1 << 20).build();
      Confinement confinement = withoutBroker(policy);
      assertEquals(ENFORCED, confinement.report().of(Protection.LIMITS).state());
      assertTrue(confinement.broker().isEmpty());
    }
    for (Network network : List.of(full, listed)) {
      Policy policy = limited.toBuilder().network(network).build();
      Confinement confinement = on(policy, Abi.V7);
      assertEquals(ENFORCED, confinement.report().of(Protection.LIMITS).state());
      assertEquals(3, confinement.broker().orElseThrow().limits().connections().orElseThrow());
      boolean given = network.equals(listed) && isolation == Isolation.NAMESPACE;
      assertEquals(
          given ? Sockets.GIVEN : Sockets.ASKED, confinement.broker().orElseThrow().sockets());

      Policy paced = policy.toBuilder().limit(TreeLimit.BANDWIDTH, 1 << 20).build();
      EnforcedProtection partly = on(bestEffort(paced), Abi.V7).report().of(Protection.LIMITS);
      assertEquals(PARTIAL, partly.state());
      assertEquals("bandwidth_one_way", partly.cause().code());
      assertTrue(partly.detail().endsWith("what comes in is not"), partly::detail);
    }
    // All may be reached, and nobody says that the network is kept from the command.
    Policy everywhere = limited.toBuilder().network(full).build();
    assertEquals(NOT_ASKED, on(everywhere, Abi.V7).report().of(Protection.NETWORK).state());
    Refusal refusal = assertThrows(Refusal.class, () -> withoutBroker(everywhere));
    assertEquals(
        "limits on connections and bandwidth take a broker, which does not work here: nobody"
            + " answers",
        refusal.getMessage());
    EnforcedProtection missing =
        withoutBroker(bestEffort(everywhere)).report().of(Protection.LIMITS);
    assertEquals(MISSING, missing.state());
    assertTrue(missing.detail().endsWith("nobody answers"), missing::detail);
    Policy off = everywhere.toBuilder().enforcement(Protection.LIMITS, Requirement.OFF).build();
    assertTrue(on(off, Abi.V7).broker().isEmpty());
    // A thread that is quick enough gets past it where the kernel makes calls of Unix sockets.
    Policy beside = bestEffort(everywhere.toBuilder().network(full.withUnixSockets(true)).build());
    assertEquals(PARTIAL, on(beside, Abi.V3).report().of(Protection.LIMITS).state());
    assertEquals(ENFORCED, on(beside, Abi.V4).report().of(Protection.LIMITS).state());
  }

  /** What is granted of paths is for the kernel to hold, or for mounts, and never a broker's. */
  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void unixSocketsByPathTakeLandlock9OrARoot(Isolation isolation) throws IOException {
    Path path = temp.toRealPath().resolve("socket");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Network listed = Network.DEFAULT.withUnixSockets(List.of(path.toString()));
      for (Mode mode : Mode.values()) {
        for (Enforcement.Level level : Enforcement.Level.values()) {
          Policy policy =
              Policy.builder()
                  .isolation(isolation)
                  .mode(mode)
                  .network(listed)
                  .enforcement(Enforcement.DEFAULT.withLevel(level))
                  .build();
          Confinement held = on(policy, Abi.V9);
          assertEquals(ENFORCED, held.report().of(Protection.UNIX_SOCKETS).state());
          assertEquals(ENFORCED, held.report().of(Protection.ABSTRACT_SOCKETS).state());
          assertTrue(held.command().toString().contains("RESOLVE_UNIX"), held::toString);
          assertTrue(held.broker().isEmpty());
          if (isolation == Isolation.NAMESPACE && mode != Mode.FULL_ACCESS) {
            EnforcedProtection partly = on(policy, Abi.V8).report().of(Protection.UNIX_SOCKETS);
            assertEquals(PARTIAL, partly.state());
            assertEquals("unix_sockets_in_root", partly.cause().code());
          } else {
            Refusal refused = assertThrows(Refusal.class, () -> on(policy, Abi.V8));
            assertEquals(
                "network.unix_sockets by path needs Landlock 9 (Linux 7.1 or newer) or isolation ="
                    + " namespace with files restricted; this kernel has Landlock 8",
                refused.getMessage());
          }
          Policy off =
              policy.toBuilder().enforcement(Protection.UNIX_SOCKETS, Requirement.OFF).build();
          assertFalse(on(off, Abi.V9).command().toString().contains("RESOLVE_UNIX"));
        }
      }
    }
  }

  @Test
  void whatIsNoSocketIsNotListedAsOne() throws IOException {
    Path directory = temp.toRealPath();
    assertListed(directory.toString(), "is no socket");
    assertListed(directory + "/missing", "and there is no " + directory + "/missing; write");
    Policy optional =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .network(Network.DEFAULT.withUnixSockets(List.of(directory + "/missing?")))
            .build();
    assertEquals(ENFORCED, on(optional, Abi.V9).report().of(Protection.UNIX_SOCKETS).state());
    Path path = directory.resolve("socket");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Policy blocked =
          Policy.builder()
              .isolation(Isolation.BASIC)
              .blocked(directory)
              .network(Network.DEFAULT.withUnixSockets(List.of(path.toString())))
              .build();
      Refusal refused = assertThrows(Refusal.class, () -> on(blocked, Abi.V9));
      String said = String.valueOf(refused.getMessage());
      assertTrue(said.contains("filesystem.blocked closes"), said);
    }
  }

  private void assertListed(String text, String message) {
    Policy policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .network(Network.DEFAULT.withUnixSockets(List.of(text)))
            .build();
    Refusal refused = assertThrows(Refusal.class, () -> on(policy, Abi.V9));
    String said = String.valueOf(refused.getMessage());
    assertTrue(said.startsWith("network.unix_sockets names "), said);
    assertTrue(said.contains(message), said);
  }

  private static Policy bestEffort(Policy policy) {
    return policy.toBuilder()
        .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
        .build();
  }

  /** What nobody decides on one by one, nobody can record: with no network, or without a broker. */
  @Test
  void networkEventsAreMissingWhereNobodyDecides() throws IOException {
    Network full = Network.DEFAULT.withAccess(Network.Access.FULL);
    NetworkRule ports = NetworkRule.parse("*:443").withProtocols(EnumSet.of(TransportProtocol.TCP));
    Policy.Builder policy =
        Policy.builder()
            .isolation(Isolation.BASIC)
            .audit(AuditSettings.to("log").withLogNetwork(true));
    for (Network recorded : List.of(full, Network.DEFAULT.withAllow(List.of()))) {
      assertFalse(saysMissing(on(policy.network(recorded).build(), Abi.V7)));
    }
    for (Network silent :
        List.of(
            Network.DEFAULT,
            full.withMetadataOpen(true),
            Network.DEFAULT
                .withAllow(List.of(ports))
                .withPrivateAddresses(true)
                .withMetadataOpen(true))) {
      assertTrue(saysMissing(on(policy.network(silent).build(), Abi.V7)), silent::toString);
      Network off = silent.withLogNetwork(false);
      assertFalse(saysMissing(on(policy.network(off).build(), Abi.V7)));
    }
    assertTrue(saysMissing(withoutBroker(policy.network(full).build())));
  }

  private static boolean saysMissing(Confinement confinement) {
    return confinement.report().warnings().stream()
        .anyMatch(each -> each.startsWith("missing: audit.log_network ("));
  }

  /** A call to a Unix socket is the kernel's to make: Landlock has to see what else it could be. */
  @ParameterizedTest
  @EnumSource(names = {"BASIC", "NAMESPACE"})
  void unixSocketsBesideRulesTakeANewLandlock(Isolation isolation) throws IOException {
    Network rules = Network.DEFAULT.withAllow(List.of()).withUnixSockets(true);
    Policy policy = Policy.builder().isolation(isolation).network(rules).build();
    assertEquals(PARTIAL, on(policy, Abi.V7).report().of(Protection.NETWORK).state());
    assertEquals(ENFORCED, on(policy, Abi.V10).report().of(Protection.NETWORK).state());
    assertEquals(ENFORCED, on(policy, Abi.V4).report().of(Protection.CLOUD_METADATA).state());
    assertEquals(PARTIAL, on(policy, Abi.V3).report().of(Protection.CLOUD_METADATA).state());
    Network full = rules.withAccess(Network.Access.FULL);
    Policy all = policy.toBuilder().network(full).build();
    assertEquals(ENFORCED, on(all, Abi.V4).report().of(Protection.CLOUD_METADATA).state());
    assertEquals(MISSING, on(all, Abi.V3).report().of(Protection.CLOUD_METADATA).state());
  }
}
