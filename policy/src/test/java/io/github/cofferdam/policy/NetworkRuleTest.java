package io.github.cofferdam.policy;

import static io.github.cofferdam.policy.IpAddressTest.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules, and the other values of a network that are written as texts. */
class NetworkRuleTest {

  static Arbitrary<PortRange> ports() {
    Arbitrary<Integer> port = Arbitraries.integers().between(1, PortRange.MAX);
    return Combinators.combine(port, port, Arbitraries.of(true, false))
        .as((a, b, one) -> one ? PortRange.of(a) : new PortRange(Math.min(a, b), Math.max(a, b)));
  }

  static Arbitrary<NetworkRule> rules() {
    return Combinators.combine(
            HostPatternTest.all(),
            ports().list().ofMaxSize(3),
            Arbitraries.of(TransportProtocol.class).set().ofMinSize(1))
        .as(NetworkRule::new);
  }

  static Arbitrary<ListenAddress> places() {
    return Combinators.combine(
            Arbitraries.of(ListenAddress.Where.class),
            IpAddressTest.all().filter(address -> !address.isUnspecified()),
            ports())
        .as((where, address, ports) ->
            switch (where) {
              case LOOPBACK -> ListenAddress.loopback(ports);
              case ADDRESS -> ListenAddress.of(address, ports);
              case EVERYWHERE -> ListenAddress.everywhere(ports);
            });
  }

  static Arbitrary<DnsServer> servers() {
    return Combinators.combine(
            IpAddressTest.all()
                .filter(
                    address -> !address.isUnspecified() && address.kind() != IpAddress.Kind.MANY),
            Arbitraries.of(53, 5353, 1, 65_535))
        .as(DnsServer::new);
  }

  @Provide
  Arbitrary<NetworkRule> someRules() {
    return rules();
  }

  @Provide
  Arbitrary<PortRange> somePorts() {
    return ports();
  }

  @Provide
  Arbitrary<ListenAddress> somePlaces() {
    return places();
  }

  @Provide
  Arbitrary<DnsServer> someServers() {
    return servers();
  }

  @Property
  void aTextMeansItsPorts(@ForAll("somePorts") PortRange ports) {
    assertEquals(ports, PortRange.parse(ports.toString()));
  }

  @Property
  void aTextMeansItsPlace(@ForAll("somePlaces") ListenAddress place) {
    assertEquals(place, ListenAddress.parse(place.toString()));
  }

  @Property
  void aTextMeansItsServer(@ForAll("someServers") DnsServer server) {
    assertEquals(server, DnsServer.parse(server.toString()));
  }

  @Property
  void aTextMeansItsRule(@ForAll("someRules") NetworkRule rule) {
    NetworkRule brief =
        rule.withPorts(rule.ports().stream().limit(1).toList())
            .withProtocols(EnumSet.allOf(TransportProtocol.class));
    assertEquals(brief, NetworkRule.parse(brief.toString()));
  }

  @ParameterizedTest
  @CsvSource({
    "example.org, example.org",
    "example.org:443, example.org:443",
    "*.example.org:8000-8999, *.example.org:8000-8999",
    "*:443, *:443",
    "10.0.0.0/8:22, 10.0.0.0/8:22",
    "[2001:db8::1]:443, [2001:db8::1]:443",
    "[2001:db8::/32]:443, [2001:db8::/32]:443",
    "2001:db8::1, [2001:db8::1]",
    "::1:443, [::1:443]",
    "[::ffff:10.0.0.1]:80, 10.0.0.1:80",
  })
  void aRuleOfATextHasAHostAndPerhapsAPort(String text, String expected) {
    NetworkRule rule = NetworkRule.parse(text);
    assertEquals(expected, rule.toString());
    assertEquals(EnumSet.allOf(TransportProtocol.class), rule.protocols());
  }

  @ParameterizedTest
  @CsvSource({
    "example.org:, is not a host",
    "example.org:http, is not a host",
    "http://example.org/, is not a host",
    ":443, is not a host",
    "example.org:0, 'ports are 1 to 65535, not 0'",
    "example.org:65536, 'ports are 1 to 65535, not 65536'",
    "example.org:90-80, 'ports are 1 to 65535, not 90-80'",
    "example.org:1:2, is not a host",
    "127.1:80, is neither a name nor an address",
  })
  void whatIsNoRuleIsSaidToBeNone(String text, String message) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> NetworkRule.parse(text)).getMessage();
    assertTrue(String.valueOf(said).contains(message), said);
  }

  @Test
  void aRuleCoversItsPortsAndProtocols() {
    NetworkRule all = NetworkRule.of(new HostPattern.Any());
    assertTrue(all.covers(1, TransportProtocol.UDP));
    NetworkRule some =
        all.withPorts(List.of(PortRange.of(80), PortRange.parse("8000-8999")))
            .withProtocols(Set.of(TransportProtocol.TCP));
    assertTrue(some.covers(80, TransportProtocol.TCP));
    assertTrue(some.covers(8000, TransportProtocol.TCP));
    assertTrue(some.covers(8999, TransportProtocol.TCP));
    assertFalse(some.covers(81, TransportProtocol.TCP));
    assertFalse(some.covers(9000, TransportProtocol.TCP));
    assertFalse(some.covers(80, TransportProtocol.UDP));
    assertEquals("*:80,8000-8999/tcp", some.toString());
    assertThrows(IllegalArgumentException.class, () -> all.withProtocols(Set.of()));
    assertEquals(
        "tcp udp",
        all.protocols().stream().map(TransportProtocol::key).collect(Collectors.joining(" ")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", "80-", "-80", "80-90-100", "http", "0x50", "+80", "123456", "8 0"})
  void whatIsNoPortIsSaidToBeNone(String text) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> PortRange.parse(text)).getMessage();
    assertTrue(
        String.valueOf(said).endsWith(" is neither a port nor two with a hyphen between them"),
        said);
  }

  @ParameterizedTest
  @CsvSource({
    "8080, 8080, LOOPBACK",
    "8000-8099, 8000-8099, LOOPBACK",
    "127.0.0.1:8080, 127.0.0.1:8080, ADDRESS",
    "[::1]:8080, [::1]:8080, ADDRESS",
    "[::ffff:127.0.0.1]:8080, 127.0.0.1:8080, ADDRESS",
    "*:8080, *:8080, EVERYWHERE",
    "*:8000-8099, *:8000-8099, EVERYWHERE",
  })
  void aPlaceHasOneText(String text, String expected, ListenAddress.Where where) {
    ListenAddress place = ListenAddress.parse(text);
    assertEquals(expected, place.toString());
    assertEquals(where, place.where());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        ":8080",
        "*",
        "*:",
        "8080:",
        "localhost:8080",
        "::1:8080",
        "[::1]",
        "[127.0.0.1]:80",
        "127.0.0.1",
        "127.1:80",
        "[fe80::1%1]:80",
        "10.0.0.0/8:80",
        "[]:80",
      })
  void whatIsNoPlaceIsSaidToBeNone(String text) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(text)).getMessage();
    assertTrue(String.valueOf(said).contains(" says not where to listen: a port"), said);
  }

  @Test
  void everyAddressIsAStar() {
    for (String text : List.of("0.0.0.0:80", "[::]:80", "[::ffff:0.0.0.0]:80")) {
      String said =
          assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(text))
              .getMessage();
      assertTrue(
          String.valueOf(said).endsWith("means every address; write * and the port for that"),
          said);
    }
    PortRange port = PortRange.of(80);
    assertThrows(
        IllegalArgumentException.class,
        () -> new ListenAddress(ListenAddress.Where.ADDRESS, Optional.empty(), port));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ListenAddress(ListenAddress.Where.LOOPBACK, Optional.of(ip("::1")), port));
  }

  @ParameterizedTest
  @CsvSource({
    "8080, 127.0.0.1, 8080, true",
    "8080, 127.9.9.9, 8080, true",
    "8080, ::1, 8080, true",
    "8080, ::ffff:127.0.0.1, 8080, true",
    "8080, 127.0.0.1, 8081, false",
    "8080, 0.0.0.0, 8080, false",
    "8080, ::, 8080, false",
    "8080, 192.0.2.1, 8080, false",
    "8080, 64:ff9b::127.0.0.1, 8080, false",
    "127.0.0.1:8080, 127.0.0.1, 8080, true",
    "127.0.0.1:8080, 127.0.0.2, 8080, false",
    "127.0.0.1:8080, ::1, 8080, false",
    "127.0.0.1:8080, 127.0.0.1, 0, false",
    "*:8000-8001, 0.0.0.0, 8001, true",
    "*:8000-8001, ::, 8000, true",
    "*:8000-8001, ::, 8002, false",
  })
  void aPlaceCoversWhatIsBound(String place, String address, int port, boolean expected) {
    assertEquals(expected, ListenAddress.parse(place).covers(ip(address), port));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "192.0.2.1:53, 192.0.2.1",
    "192.0.2.1:5353, 192.0.2.1:5353",
    "::1, ::1",
    "[::1]:53, ::1",
    "[::1]:5353, [::1]:5353",
    "::1:53, ::1:53",
  })
  void aServerHasOneText(String text, String expected) {
    assertEquals(expected, DnsServer.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dns.example",
        "dns.example:53",
        "192.0.2.1:",
        "[::1]",
        "127.1",
        "192.0.2.1:53-54"
      })
  void whatIsNoServerIsSaidToBeNone(String text) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> DnsServer.parse(text)).getMessage();
    assertTrue(String.valueOf(said).contains(" is not a name server: an address"), said);
  }

  @Test
  void aServerIsOneHost() {
    for (String text :
        List.of("0.0.0.0", "::", "224.0.0.251:5353", "255.255.255.255", "[ff02::fb]:5353")) {
      assertThrows(IllegalArgumentException.class, () -> DnsServer.parse(text), text);
    }
    assertThrows(IllegalArgumentException.class, () -> DnsServer.parse("192.0.2.1:0"));
    assertThrows(IllegalArgumentException.class, () -> DnsServer.parse("192.0.2.1:65536"));
  }
}
