package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Network.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static final List<NetworkRule> HOSTS = rules("example.org");

  private static List<NetworkRule> rules(String... texts) {
    return Stream.of(texts).map(NetworkRule::parse).toList();
  }

  @Test
  void rulesThatAllowMakeAListOfIt() {
    for (Access before : Access.values()) {
      Network listed = Network.DEFAULT.withAccess(before).withAllow(HOSTS);
      assertEquals(Access.LISTED, listed.access());
      assertEquals(HOSTS, listed.allow());
      assertEquals(before == Access.LOOPBACK, listed.loopback());
      assertEquals(Access.LISTED, listed.withAllow(List.of()).access());
    }
  }

  @Test
  void hostsAreAllowedByTheirTexts() {
    Network some = Network.allowing("a.example:443", "192.0.2.0/24");
    assertEquals(Access.LISTED, some.access());
    assertEquals(
        List.of(NetworkRule.parse("a.example:443"), NetworkRule.parse("192.0.2.0/24")),
        some.allow());
    assertEquals(Network.DEFAULT.withAllow(List.of()), Network.allowing());
    assertThrows(IllegalArgumentException.class, () -> Network.allowing("https://a.example"));
  }

  @Test
  void anotherAccessForgetsTheList() {
    Network listed = Network.DEFAULT.withAccess(Access.LOOPBACK).withAllow(HOSTS);

    assertEquals(listed, listed.withAccess(Access.LISTED));
    for (Access other : List.of(Access.NONE, Access.LOOPBACK, Access.FULL)) {
      assertEquals(Network.DEFAULT.withAccess(other), listed.withAccess(other));
    }
    assertEquals(List.of(), listed.withAccess(Access.NONE).withAccess(Access.LISTED).allow());
  }

  @Test
  void whatBelongsToAListIsWithNoOtherAccess() {
    for (Access access : Access.values()) {
      for (boolean loopback : new boolean[] {true, false}) {
        List<NetworkRule> allow = loopback ? List.of() : HOSTS;
        if (access == Access.LISTED) {
          assertEquals(allow, with(access, loopback, allow).allow());
        } else {
          assertThrows(
              IllegalArgumentException.class, () -> with(access, loopback, allow), access::name);
        }
      }
    }
  }

  private static Network with(Access access, boolean loopback, List<NetworkRule> allow) {
    return new Network(
        access,
        loopback,
        allow,
        List.of(),
        List.of(),
        false,
        false,
        List.of(),
        NetworkRefusal.PERMISSION_DENIED,
        false,
        List.of(),
        true,
        List.of());
  }

  @Test
  void someUnixSocketsAreNotAll() {
    Network some = Network.DEFAULT.withUnixSockets(List.of("/run/a", "b?"));

    assertEquals(List.of("/run/a", "b?"), some.unixSockets());
    assertTrue(some.hasRelativePaths());
    assertFalse(some.withUnixSockets(List.of("/run/a", "~/b")).hasRelativePaths());
    assertThrows(IllegalArgumentException.class, () -> some.withUnixSockets(true));
    assertThrows(
        IllegalArgumentException.class,
        () -> Network.DEFAULT.withUnixSockets(true).withUnixSockets(List.of("/run/a")));
    for (String wrong : List.of("", "/run/*", "~user/a", "/run/${A}")) {
      assertThrows(
          IllegalArgumentException.class, () -> some.withUnixSockets(List.of(wrong)), wrong);
    }
    assertEquals(Network.DEFAULT, some.withUnixSockets(List.of()));
  }

  @Test
  void loopbackIsOneAnswerForEachAccess() {
    Network none = Network.DEFAULT;
    Network full = none.withAccess(Access.FULL);
    Network listed = none.withAllow(HOSTS);

    assertEquals(Access.LOOPBACK, none.withLoopback(true).access());
    assertEquals(none, none.withLoopback(true).withLoopback(false));
    assertEquals(full, full.withLoopback(true));
    assertThrows(IllegalArgumentException.class, () -> full.withLoopback(false));
    assertTrue(listed.withLoopback(true).loopback());
    assertEquals(HOSTS, listed.withLoopback(true).allow());
    assertEquals(listed, listed.withLoopback(true).withLoopback(false));
  }

  @Test
  void portsGoToTheHostsThatNameNone() {
    List<PortRange> ports = List.of(PortRange.of(80), PortRange.of(443));
    Network listed = Network.DEFAULT.withAllow(rules("a.example", "b.example:22"));

    assertEquals(
        "[a.example:80,443, b.example:22]", listed.withAllowedPorts(ports).allow().toString());
    assertEquals("[*:80,443]", Network.DEFAULT.withAllowedPorts(ports).allow().toString());
    assertEquals(
        Access.LISTED, Network.DEFAULT.withAccess(Access.FULL).withAllowedPorts(ports).access());
    assertThrows(
        IllegalArgumentException.class,
        () -> Network.DEFAULT.withAllow(List.of()).withAllowedPorts(ports));
    assertThrows(
        IllegalArgumentException.class,
        () -> Network.DEFAULT.withAllow(rules("b.example:22")).withAllowedPorts(ports));
  }

  @Test
  void changingOneThingLeavesTheOthersAlone() {
    Network network =
        Network.DEFAULT
            .withAllow(HOSTS)
            .withLoopback(true)
            .withDeny(rules("b.example"))
            .withListen(List.of(ListenAddress.parse("8080")))
            .withPrivateAddresses(true)
            .withMetadataOpen(true)
            .withDns(List.of(DnsServer.parse("192.0.2.1")))
            .withRefusal(NetworkRefusal.CONNECTION_REFUSED)
            .withUnixSockets(true)
            .withLogNetwork(false)
            .withCommandRules(List.of(new CommandRule("x", Optional.empty(), true)));

    assertEquals(network, network.withAllow(List.of()).withAllow(HOSTS));
    assertEquals(network, network.withLoopback(false).withLoopback(true));
    assertEquals(network, network.withDeny(List.of()).withDeny(network.deny()));
    assertEquals(network, network.withListen(List.of()).withListen(network.listen()));
    assertEquals(network, network.withPrivateAddresses(false).withPrivateAddresses(true));
    assertEquals(network, network.withMetadataOpen(false).withMetadataOpen(true));
    assertEquals(network, network.withDns(List.of()).withDns(network.dns()));
    assertEquals(
        network,
        network.withRefusal(NetworkRefusal.PERMISSION_DENIED).withRefusal(network.refusal()));
    assertEquals(network, network.withUnixSockets(false).withUnixSockets(true));
    assertEquals(network, network.withLogNetwork(true).withLogNetwork(false));
    assertEquals(
        network, network.withCommandRules(List.of()).withCommandRules(network.commandRules()));
    assertTrue(network.privateAddresses() && network.metadataOpen() && network.loopback());
    assertFalse(network.logNetwork());
  }

  @Test
  void listsAreCopied() {
    var hosts = new ArrayList<>(HOSTS);
    Network network = Network.DEFAULT.withAllow(hosts).withDeny(hosts);
    hosts.clear();

    assertEquals(HOSTS, network.allow());
    assertEquals(HOSTS, network.deny());
    assertThrows(UnsupportedOperationException.class, () -> network.allow().clear());
  }

  /** A rule on the command line takes the network away, and never gives more than there is. */
  @Test
  void rulesOnTheCommandLineTakeAListAway() {
    Network network =
        Network.DEFAULT
            .withAllow(HOSTS)
            .withCommandRules(List.of(new CommandRule("^curl", Optional.of(false), false)));

    assertEquals(Access.NONE, new CommandRules(network).evaluate(List.of("curl")).access());
    assertEquals(Access.LISTED, new CommandRules(network).evaluate(List.of("wget")).access());
  }
}
