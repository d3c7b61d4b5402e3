package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.NetworkScript.assertResults;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Ways to be reached where a policy lets nobody in, past a broker. */
@Tag("kernel")
class NetworkListenAttemptsTest {
  private NetworkPlaces places;
  @TempDir private Path temporary;

  @BeforeEach
  void open() throws Exception {
    places = NetworkPlaces.open();
  }

  @AfterEach
  void nothingArrived() throws Exception {
    if (places == null) {
      return;
    }
    try {
      places.assertNothingArrived();
    } finally {
      places.close();
    }
  }

  /** One that nobody had just now. */
  private static int freePort() throws Exception {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Network listening(int port) {
    var rules = new ArrayList<>(places.network().allow());
    rules.add(NetworkRule.parse("127.0.0.1:" + port));
    rules.add(NetworkRule.parse("[::1]:" + port));
    return places
        .network()
        .withAllow(rules)
        .withListen(List.of(ListenAddress.parse(Integer.toString(port))));
  }

  @ParameterizedTest
  @EachIsolation
  void socketsListenWhereTheyMay(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    int port = freePort();

    Map<String, String> results =
        NetworkScript.confined(
            places,
            NetworkPlaces.policy(isolation, listening(port)),
            temporary,
            """
            L = int(sys.argv[3])
            def bound(one, *name):
                one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
                one.bind(name)
                return one
            def listening(one, *name):
                bound(one, *name).listen(5)
                return one.getsockname()[:2]
            def only6():
                one = tcp(AF_INET6)
                one.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
                return one
            def given(where): return where[0], where[1] in (0, L)
            attempt('named', lambda: given(listening(tcp(), '127.0.0.1', L)))
            attempt('any', lambda: given(listening(tcp(), '0.0.0.0', L)))
            attempt('any6', lambda: given(listening(tcp(AF_INET6), '::', L)))
            attempt('only6', lambda: given(listening(only6(), '::', L)))
            attempt('mapped', lambda: given(listening(tcp(AF_INET6), '::ffff:0.0.0.0', L)))
            attempt('other', lambda: listening(tcp(), '127.0.0.1', L + 1))
            attempt('other-any', lambda: listening(tcp(), '0.0.0.0', L + 1))
            attempt('port0', lambda: listening(tcp(), '127.0.0.1', 0))
            attempt('any0', lambda: listening(tcp(), '0.0.0.0', 0))
            attempt('never', lambda: tcp().listen(5))
            attempt('never6', lambda: tcp(AF_INET6).listen(5))
            attempt('elsewhere', lambda: bound(tcp(), '192.0.2.77', L))
            attempt('udp', lambda: given(bound(udp(), '0.0.0.0', L).getsockname()))
            attempt('udp-other', lambda: bound(udp(), '0.0.0.0', L + 1))
            attempt('udp-listen', lambda: bound(udp(), '127.0.0.1', L).listen(1))
            attempt('multicast', lambda: bound(udp(), '224.0.0.1', L))
            def high():
                one = bound(tcp(), '127.0.0.1', L)
                return call(LISTEN, (7 << 32) | one.fileno(), (1 << 32) | 5)
            attempt('high', high)
            attempt('twice', lambda: (lambda s: (listening(s, '127.0.0.1', L), s.listen(9)))(
                tcp())[1])
            """,
            port);

    assertResults(
        """
        named ok ('127.0.0.1', True)
        any ok ('127.0.0.1', True)
        any6 ok ('::ffff:127.0.0.1', True)
        only6 ok ('::1', True)
        mapped ok ('::ffff:127.0.0.1', True)
        other EACCES
        other-any EACCES
        port0 EACCES
        any0 EACCES
        never EACCES
        never6 EACCES
        elsewhere EACCES
        udp ok ('127.0.0.1', True)
        udp-other EACCES
        udp-listen ENOTSUP
        multicast EACCES
        high ok 0
        twice ok None
        """,
        results);
  }

  /** Whoever comes in brings no way out. */
  @ParameterizedTest
  @EachIsolation
  void whatComesInLeadsNowhere(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    int port = freePort();

    Map<String, String> results =
        NetworkScript.confined(
            places,
            NetworkPlaces.policy(isolation, listening(port)),
            temporary,
            """
            L = int(sys.argv[3])
            server = tcp()
            server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            server.bind(('127.0.0.1', L)); server.listen(5)
            def pair():
                client = tcp(); client.connect(('127.0.0.1', L))
                return client, server.accept()[0]
            def talked():
                client, accepted = pair()
                client.sendall(b'hello')
                return accepted.recv(5).decode()
            attempt('accepted', talked)
            bad = v4('127.0.0.1', F)
            def accepted(action):
                client, one = pair()
                keep.extend([client, one])
                return action(one)
            attempt('connect', lambda: accepted(lambda s: connect(s, bad)))
            def dissolved(s):
                connect(s, bytes(16))
                connect(s, bad)
            attempt('dissolved', lambda: accepted(dissolved))
            attempt('sendto', lambda: accepted(lambda s: sendto(s, b'x', bad)))
            attempt('sendmsg', lambda: accepted(lambda s: sendmsg(s, bad, b'x')))
            attempt('fast-open', lambda: accepted(lambda s: sendto(s, b'x', bad, 0x20000000)))
            attempt('listener', lambda: connect(server, bad))
            def again(s):
                connect(s, bytes(16))
                s.listen(5)
                return s.getsockname()[0]
            attempt('again', lambda: accepted(again))
            """,
            port);

    assertResults(
        """
        accepted ok hello
        connect EACCES
        dissolved EACCES
        sendto ok 1
        sendmsg ok 1
        fast-open EPERM
        listener EACCES
        again EACCES
        """,
        results);
  }

  /** An address that is judged is the one that listens, whatever a connection does meanwhile. */
  @ParameterizedTest
  @EachIsolation
  void anAddressDoesNotChangeWhileItIsJudged(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (StalledServer stalled = StalledServer.open()) {
      Network loopback = places.network().withLoopback(true);

      Map<String, String> results =
          NetworkScript.confined(
              places,
              NetworkPlaces.policy(isolation, loopback),
              temporary,
              """
              import random
              found = {}
              for _ in range(400):
                  one = tcp()
                  one.setblocking(False)
                  one.connect_ex(('127.0.0.1', int(sys.argv[3])))
                  def end():
                      time.sleep(random.random() / 2000)
                      try: one.shutdown(SHUT_RDWR)
                      except OSError: pass
                  thread = threading.Thread(target=end); thread.start()
                  try:
                      one.listen(5)
                      where = one.getsockname()[0]
                  except OSError as e: where = errno.errorcode[e.errno]
                  thread.join()
                  found[where] = found.get(where, 0) + 1
              attempt('everywhere', lambda: found.get('0.0.0.0', 0))
              attempt('tried', lambda: sum(found.values()))
              """,
              stalled.port());

      assertResults(
          """
          everywhere ok 0
          tried ok 400
          """,
          results);
      assertEquals(0, places.served());
    }
  }
}
