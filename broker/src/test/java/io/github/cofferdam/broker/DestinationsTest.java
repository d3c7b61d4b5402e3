package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.HostPattern;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.IpRange;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.MetadataServices;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.TransportProtocol;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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

/** What policies say of destinations, and of places to listen. */
class DestinationsTest {
  private static final List<String> ADDRESSES =
      List.of(
          "1.1.1.1",
          "8.8.8.8",
          "10.0.0.1",
          "10.1.2.3",
          "172.16.0.1",
          "192.168.0.1",
          "100.64.0.1",
          "127.0.0.1",
          "127.9.9.9",
          "169.254.1.1",
          "169.254.169.254",
          "168.63.129.16",
          "224.0.0.1",
          "255.255.255.255",
          "192.0.2.1",
          "::1",
          "2600::1",
          "fd00::1",
          "fd00:ec2::254",
          "fe80::1",
          "ff02::1",
          "64:ff9b::a00:1",
          "64:ff9b::101:101",
          "64:ff9b::a9fe:a9fe",
          "2002:a00:1::",
          "2002:7f00:1::");

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static NetworkRule rule(String text) {
    int slash = text.lastIndexOf('/');
    if (slash > 0 && text.endsWith("/tcp")) {
      return NetworkRule.parse(text.substring(0, slash))
          .withProtocols(EnumSet.of(TransportProtocol.TCP));
    }
    return NetworkRule.parse(text);
  }

  /** Words of a policy, such as {@code allow 10.0.0.0/8:443/tcp; deny 10.1.0.0/16; private}. */
  private static Network network(String words) {
    var allow = new ArrayList<NetworkRule>();
    var deny = new ArrayList<NetworkRule>();
    var listen = new ArrayList<ListenAddress>();
    Network network = Network.DEFAULT;
    boolean full = false;
    for (String each : words.split(";", -1)) {
      String[] word = each.strip().split(" ", -1);
      switch (word[0]) {
        case "allow" -> allow.add(rule(word[1]));
        case "deny" -> deny.add(rule(word[1]));
        case "listen" -> listen.add(ListenAddress.parse(word[1]));
        case "private" -> network = network.withPrivateAddresses(true);
        case "loopback" -> network = network.withAccess(Network.Access.LOOPBACK);
        case "metadata" -> network = network.withMetadataOpen(true);
        case "full" -> full = true;
        default -> throw new IllegalArgumentException(each);
      }
    }
    network = full ? network.withAccess(Network.Access.FULL) : network.withAllow(allow);
    return network.withDeny(deny).withListen(listen);
  }

  private static Destinations destinations(String words) {
    return new Destinations(network(words), new PinnedNames());
  }

  private static Verdict tcp(String words, String address, int port) {
    return destinations(words).decide(ip(address), port, TransportProtocol.TCP);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow *                          | 1.1.1.1          | 443 | true  | allow *
          allow *:443                      | 1.1.1.1          | 80  | false | no rule allows this port: *:443 is about others
          allow *:443                      | 1.1.1.1          | 443 | true  | allow *:443
          allow *                          | 10.0.0.1         | 443 | false | no rule allows it: a private address has to be named itself, unless private = true
          allow *                          | 127.0.0.1        | 443 | false | no rule allows it: a loopback address has to be named itself, unless private = true
          allow *                          | fe80::1          | 443 | false | no rule allows it: a link-local address has to be named itself, unless private = true
          allow *; private                 | 10.0.0.1         | 443 | true  | allow *
          allow *; private                 | 127.0.0.1        | 443 | true  | allow *
          allow *; private                 | 224.0.0.1        | 443 | false | no rule allows it: a multicast address has to be named itself
          allow 0.0.0.0/0                  | 1.1.1.1          | 443 | true  | allow 0.0.0.0/0
          allow 0.0.0.0/0                  | 10.0.0.1         | 443 | false | no rule allows it: a private address has to be named itself, unless private = true
          allow 0.0.0.0/0                  | 127.0.0.1        | 443 | false | no rule allows it: a loopback address has to be named itself, unless private = true
          allow 0.0.0.0/0                  | 2600::1          | 443 | false | no rule allows it
          allow ::/0                       | 2600::1          | 443 | true  | allow [::/0]
          allow ::/0                       | fd00::1          | 443 | false | no rule allows it: a private address has to be named itself, unless private = true
          allow ::/0                       | 1.1.1.1          | 443 | false | no rule allows it
          allow 10.0.0.0/8                 | 10.1.2.3         | 443 | true  | allow 10.0.0.0/8
          allow 8.0.0.0/6                  | 10.1.2.3         | 443 | false | no rule allows it: a private address has to be named itself, unless private = true
          allow 172.0.0.0/8                | 172.16.0.1       | 443 | false | no rule allows it: a private address has to be named itself, unless private = true
          allow 172.16.0.0/12              | 172.16.0.1       | 443 | true  | allow 172.16.0.0/12
          allow fc00::/7                   | fd00::1          | 443 | true  | allow [fc00::/7]
          allow 127.0.0.1:80               | 127.0.0.1        | 80  | true  | allow 127.0.0.1:80
          allow 127.0.0.1:80               | 127.0.0.2        | 80  | false | no rule allows it: a loopback address has to be named itself
          allow 127.0.0.1:80               | 127.0.0.1        | 81  | false | no rule allows this port: 127.0.0.1:80 is about others
          allow 10.0.0.1:80                | 192.168.0.1      | 53  | false | no rule allows it: names are resolved where a rule allows one
          allow a.example; private         | 10.0.0.1         | 53  | false | no rule allows it
          allow 224.0.0.1                  | 224.0.0.1        | 80  | true  | allow 224.0.0.1
          loopback                         | 127.9.9.9        | 80  | true  | allow_loopback
          loopback                         | ::1              | 80  | true  | allow_loopback
          loopback                         | 10.0.0.1         | 80  | false | no rule allows it: a private address has to be named itself
          loopback; deny 127.0.0.0/8:80    | 127.0.0.1        | 80  | false | deny 127.0.0.0/8:80
          loopback; deny 127.0.0.0/8:80    | 127.0.0.1        | 81  | true  | allow_loopback
          allow 1.1.1.1; deny 1.0.0.0/8    | 1.1.1.1          | 80  | false | deny 1.0.0.0/8
          allow 1.1.1.1; deny 1.1.1.1:22   | 1.1.1.1          | 80  | true  | allow 1.1.1.1
          full                             | 10.0.0.1         | 80  | true  | allow_network
          full                             | 169.254.169.254  | 80  | false | a metadata service, which no rule names
          full                             | ::ffff:a9fe:a9fe | 80  | false | a metadata service, which no rule names
          full                             | 64:ff9b::a9fe:a9fe | 80 | false | a metadata service, which no rule names
          full; metadata                   | 169.254.169.254  | 80  | true  | allow_network
          full; metadata; deny *:80        | 169.254.169.254  | 80  | false | deny *:80
          full; deny 10.0.0.0/8            | 10.0.0.1         | 80  | false | deny 10.0.0.0/8
          full; deny 10.0.0.0/8            | 64:ff9b::a00:1   | 80  | false | deny 10.0.0.0/8
          full; deny 10.0.0.0/8            | 2002:a00:1::     | 80  | false | deny 10.0.0.0/8
          full; deny 10.0.0.0/8            | 2002:b00:1::     | 80  | true  | allow_network
          allow 10.0.0.0/8                 | 64:ff9b::a00:1   | 80  | false | no rule allows it: a private address has to be named itself
          allow ::/0                       | 64:ff9b::a00:1   | 80  | false | no rule allows it: a private address has to be named itself, unless private = true
          allow 169.254.0.0/16             | 169.254.169.254  | 80  | false | a metadata service, which no rule names
          allow 169.254.0.0/16             | 169.254.1.1      | 80  | true  | allow 169.254.0.0/16
          allow 169.254.169.254:80         | 169.254.169.254  | 80  | true  | allow 169.254.169.254:80
          allow 169.254.169.254:80         | 169.254.169.254  | 81  | false | a metadata service, which no rule names
          allow *; private                 | 168.63.129.16    | 80  | false | a metadata service, which no rule names
          allow *; private; metadata       | 168.63.129.16    | 80  | true  | allow *
          """)
  void decides(String words, String address, int port, boolean allowed, String rule) {
    assertEquals(new Verdict(allowed, rule), tcp(words, address, port));
  }

  @Test
  void anEmptyListAllowsNothing() {
    Destinations none = new Destinations(Network.DEFAULT.withAllow(List.of()), new PinnedNames());
    for (String address : ADDRESSES) {
      for (TransportProtocol protocol : TransportProtocol.values()) {
        assertFalse(none.decide(ip(address), 443, protocol).allowed(), address);
      }
    }
    assertFalse(none.knowsNames());
    assertFalse(none.mayListen());
    assertFalse(none.mayAsk("example.org"));
  }

  @Test
  void answersThatAreRefusedSayWhatWouldAllowThem() {
    Destinations some = destinations("allow *; deny 8.0.0.0/8");
    assertEquals(
        "as an answer, a private address has to be named itself, unless private = true",
        some.whyNot(ip("10.0.0.1")));
    assertEquals(
        "as an answer, a multicast address has to be named itself", some.whyNot(ip("224.0.0.1")));
    assertEquals("deny 8.0.0.0/8", some.whyNot(ip("8.8.8.8")));
    assertEquals("a metadata service, which no rule names", some.whyNot(ip("169.254.169.254")));
  }

  @Test
  void rulesAreOfProtocols() {
    Destinations some = destinations("allow *:443/tcp; deny 1.1.1.1:443/tcp");
    assertTrue(some.decide(ip("8.8.8.8"), 443, TransportProtocol.TCP).allowed());
    assertFalse(some.decide(ip("8.8.8.8"), 443, TransportProtocol.UDP).allowed());
    assertFalse(some.decide(ip("1.1.1.1"), 443, TransportProtocol.TCP).allowed());
  }

  @Test
  void namesMeanAddressesOnceTheyWereAnswers() {
    var pinned = new PinnedNames();
    var some =
        new Destinations(
            network("allow *.example.org:443; deny bad.example.org; allow example.net"), pinned);
    IpAddress one = ip("1.1.1.1");
    IpAddress two = ip("8.8.8.8");
    assertFalse(some.decide(one, 443, TransportProtocol.TCP).allowed());
    pinned.pin("www.example.org", one);
    assertEquals(
        Verdict.allow("allow *.example.org:443"), some.decide(one, 443, TransportProtocol.TCP));
    assertFalse(some.decide(one, 80, TransportProtocol.TCP).allowed());
    assertFalse(some.decide(two, 443, TransportProtocol.TCP).allowed());
    assertEquals(List.of("www.example.org"), some.namesOf(one));
    // One address has the names of many: the one that is denied counts.
    pinned.pin("bad.example.org", one);
    assertEquals(
        Verdict.deny("deny bad.example.org"), some.decide(one, 443, TransportProtocol.TCP));
    pinned.pin("example.net", two);
    assertTrue(some.decide(two, 80, TransportProtocol.UDP).allowed());
    // A name that was an answer for a metadata service opens none.
    pinned.pin("example.net", ip("169.254.169.254"));
    assertFalse(some.decide(ip("169.254.169.254"), 80, TransportProtocol.TCP).allowed());
  }

  @Test
  void namesOfTheHostsOwnFileMeanTheirAddresses() {
    HostsFile hosts =
        HostsFile.of(List.of("127.0.0.1 LocalHost", "10.0.0.5 db.example other", "1.1.1.1 x.org"));
    Destinations some = destinations("allow localhost:80; allow *.org; deny x.org; private");
    some.take(hosts);
    IpAddress local = ip("127.0.0.1");
    assertEquals(
        Verdict.allow("allow localhost:80"), some.decide(local, 80, TransportProtocol.TCP));
    assertFalse(some.decide(local, 81, TransportProtocol.TCP).allowed());
    assertEquals(List.of(), some.namesOf(ip("10.0.0.5")));
    // Nobody is told it by the broker, and programs know it nevertheless.
    assertEquals(Verdict.deny("deny x.org"), some.decide(ip("1.1.1.1"), 80, TransportProtocol.TCP));
    Destinations less = destinations("allow localhost:80; allow *; deny db.example:5432");
    less.take(hosts);
    assertEquals(
        Verdict.deny(
            "no rule allows it: a loopback address has to be named itself, unless private = true"),
        less.decide(local, 80, TransportProtocol.TCP));
    assertEquals(
        Verdict.deny("deny db.example:5432"),
        less.decide(ip("10.0.0.5"), 5432, TransportProtocol.TCP));
    assertEquals(List.of(), less.namesOf(ip("1.1.1.1")));
  }

  @Test
  void namesThatMayBeAskedFor() {
    Destinations some = destinations("allow *.example.org; allow example.net:443; deny *.x.org");
    assertTrue(some.knowsNames());
    assertTrue(some.mayAsk("a.example.org"));
    assertFalse(some.mayAsk("example.org"));
    assertTrue(some.mayAsk("example.net"));
    assertFalse(some.mayAsk("other.org"));
    Destinations less = destinations("allow *; deny *.x.org; deny y.org:80; deny 10.0.0.0/8");
    assertTrue(less.mayAsk("example.org"));
    assertFalse(less.mayAsk("a.x.org"));
    // It may be needed for another port.
    assertTrue(less.mayAsk("y.org"));
    assertFalse(destinations("allow 10.0.0.0/8").knowsNames());
    assertFalse(destinations("full").knowsNames());
    assertTrue(destinations("full; deny x.org").mayAsk("y.org"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow example.org                            | 1.1.1.1         | true
          allow example.org                            | 10.0.0.1        | false
          allow example.org                            | 127.0.0.1       | false
          allow example.org                            | 169.254.169.254 | false
          allow example.org                            | fd00:ec2::254   | false
          allow example.org; private                   | 10.0.0.1        | true
          allow example.org; private                   | 169.254.169.254 | false
          allow example.org; metadata; private         | 169.254.169.254 | true
          allow example.org; allow 10.0.0.0/8          | 10.0.0.1        | true
          allow example.org; allow 0.0.0.0/0           | 10.0.0.1        | false
          allow example.org; allow 10.0.0.0/8          | 192.168.0.1     | false
          allow example.org; loopback                  | 127.0.0.1       | true
          allow example.org; loopback                  | ::1             | true
          allow example.org; allow 169.254.169.254     | 169.254.169.254 | true
          allow example.org; deny 1.0.0.0/8            | 1.1.1.1         | false
          allow example.org; deny 1.0.0.0/8:22         | 1.1.1.1         | true
          allow example.org; deny 1.1.1.1              | 64:ff9b::101:101| false
          allow example.org                            | 64:ff9b::a00:1  | false
          full                                         | 10.0.0.1        | true
          full                                         | 169.254.169.254 | false
          """)
  void addressesThatNamesMayHave(String words, String address, boolean allowed) {
    assertEquals(allowed, destinations(words).mayHave(ip(address)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow *           | 127.0.0.1 | 80   | false
          listen 80         | 127.0.0.1 | 80   | true
          listen 80         | ::1       | 80   | true
          listen 80         | 127.0.0.1 | 81   | false
          listen 80         | 0.0.0.0   | 80   | false
          listen 80         | 10.0.0.1  | 80   | false
          listen *:80       | 0.0.0.0   | 80   | true
          listen *:80       | ::        | 80   | true
          listen *:80       | 10.0.0.1  | 80   | true
          listen 10.0.0.1:80| 10.0.0.1  | 80   | true
          listen 10.0.0.1:80| 10.0.0.2  | 80   | false
          loopback          | 127.0.0.1 | 9999 | true
          loopback          | ::1       | 9999 | true
          loopback          | 0.0.0.0   | 9999 | false
          loopback          | ::        | 9999 | false
          loopback          | 10.0.0.1  | 9999 | false
          """)
  void placesToListen(String words, String address, int port, boolean allowed) {
    assertEquals(allowed, destinations(words).decideListening(ip(address), port).allowed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow *           | 0.0.0.0  | 80 | 0.0.0.0
          listen 80         | 0.0.0.0  | 80 | 127.0.0.1
          listen 80         | ::       | 80 | 127.0.0.1
          listen 80         | 0.0.0.0  | 0  | 127.0.0.1
          listen 80         | 10.0.0.1 | 80 | 10.0.0.1
          listen *:80       | 0.0.0.0  | 80 | 0.0.0.0
          listen *:80       | ::       | 80 | ::
          listen *:80       | ::       | 81 | 127.0.0.1
          listen *:80       | 0.0.0.0  | 0  | 127.0.0.1
          loopback          | ::       | 80 | 127.0.0.1
          """)
  void whoAsksForAllGetsLoopback(String words, String address, int port, String narrowed) {
    assertEquals(ip(narrowed), destinations(words).narrowed(ip(address), port));
  }

  @ParameterizedTest
  @ValueSource(strings = {"allow *", "allow *; private", "full", "allow 0.0.0.0/0; allow ::/0"})
  void noMetadataServiceIsReachedUnlessNamed(String words) {
    MetadataServices.addresses()
        .forEach(service ->
            assertFalse(
                destinations(words).decide(service.first(), 80, TransportProtocol.TCP).allowed(),
                service::toString));
  }

  // ------------------------------------------------------------------ properties

  @Provide
  Arbitrary<IpAddress> addresses() {
    Arbitrary<IpAddress> v4 =
        Arbitraries.integers()
            .map(bits ->
                IpAddress.of(
                    (byte) (bits >>> 24),
                    (byte) (bits >>> 16),
                    (byte) (bits >>> 8),
                    bits.byteValue()));
    Arbitrary<IpAddress> v6 =
        Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(IpAddress::new);
    return Arbitraries.oneOf(Arbitraries.of(ADDRESSES).map(DestinationsTest::ip), v4, v6);
  }

  @Provide
  Arbitrary<Network> networks() {
    Arbitrary<List<NetworkRule>> rules =
        Arbitraries.of(
                "*",
                "*:443",
                "0.0.0.0/0",
                "::/0",
                "10.0.0.0/8",
                "10.1.0.0/16:80/tcp",
                "127.0.0.0/8",
                "169.254.169.254",
                "1.1.1.1:443",
                "fc00::/7",
                "64:ff9b::/96",
                "example.org",
                "*.example.org:443")
            .map(DestinationsTest::rule)
            .list()
            .ofMaxSize(4);
    return Combinators.combine(
            rules,
            rules,
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(0, 1, 2))
        .as((allow, deny, hidden, metadata, access) -> {
          Network base =
              switch (access) {
                case 0 -> Network.DEFAULT.withAccess(Network.Access.FULL);
                case 1 -> Network.DEFAULT.withAccess(Network.Access.LOOPBACK).withAllow(allow);
                default -> Network.DEFAULT.withAllow(allow);
              };
          return base.withDeny(deny).withPrivateAddresses(hidden).withMetadataOpen(metadata);
        });
  }

  private static PinnedNames pinned() {
    var pinned = new PinnedNames();
    pinned.pin("example.org", ip("1.1.1.1"));
    pinned.pin("www.example.org", ip("8.8.8.8"));
    pinned.pin("other.net", ip("8.8.8.8"));
    return pinned;
  }

  @Property
  void whatARuleDeniesIsNeverAllowed(
      @ForAll("networks") Network network,
      @ForAll("addresses") IpAddress address,
      @ForAll TransportProtocol protocol,
      @ForAll("ports") int port) {
    PinnedNames pinned = pinned();
    Verdict verdict = new Destinations(network, pinned).decide(address, port, protocol);
    boolean denied =
        network.deny().stream()
            .filter(rule -> rule.covers(port, protocol))
            .anyMatch(rule ->
                rule.host() instanceof HostPattern.Any
                    || (rule.host() instanceof HostPattern.Addresses(IpRange range)
                        && range.mayContain(address))
                    || pinned.namesOf(address).stream().anyMatch(rule.host()::matches));
    assertTrue(!denied || !verdict.allowed(), verdict::rule);
    if (!network.metadataOpen() && MetadataServices.contains(address) && verdict.allowed()) {
      assertTrue(verdict.rule().startsWith("allow " + address), verdict::rule);
    }
  }

  @Provide
  Arbitrary<Integer> ports() {
    return Arbitraries.of(0, 1, 80, 443, 65_535);
  }

  /** What stands in a socket's address beside the address itself changes nothing. */
  @Property
  void allSpellingsOfAnAddressGetOneVerdict(
      @ForAll("networks") Network network,
      @ForAll("addresses") IpAddress address,
      @ForAll("ports") int port,
      @ForAll int flow,
      @ForAll int scope) {
    var destinations = new Destinations(network, pinned());
    Verdict verdict = destinations.decide(address, port, TransportProtocol.TCP);
    var spellings = new ArrayList<byte[]>();
    byte[] v6 = SocketName.bytes(address, port, true);
    ByteBuffer.wrap(v6).putInt(4, flow).putInt(24, scope);
    spellings.add(v6);
    if (address.isV4()) {
      byte[] v4 = SocketName.bytes(address, port, false);
      ByteBuffer.wrap(v4).putInt(8, flow).putInt(12, scope);
      spellings.add(v4);
      byte[] unspecified = v4.clone();
      unspecified[0] = 0;
      spellings.add(unspecified);
    }
    for (byte[] spelling : spellings) {
      var read = (SocketName.Internet) SocketName.parse(spelling, true);
      assertEquals(
          verdict, destinations.decide(read.address(), read.port(), TransportProtocol.TCP));
    }
  }

  /** Nothing that is not public is reached unless a rule, or a switch, is about it. */
  @Property
  void publicRulesReachPublicHosts(@ForAll("addresses") IpAddress address) {
    for (String words : List.of("allow *", "allow 0.0.0.0/0; allow ::/0")) {
      Verdict verdict = destinations(words).decide(address, 443, TransportProtocol.TCP);
      assertEquals(
          address.kind() == IpAddress.Kind.PUBLIC && !MetadataServices.contains(address),
          verdict.allowed());
    }
  }
}
