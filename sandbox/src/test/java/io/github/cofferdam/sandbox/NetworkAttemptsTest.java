package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.NetworkScript.assertResults;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRefusal;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * The collected ways past a network that is allowed in part, under a broker: each fails, with the
 * error that is promised, and nothing comes where nothing may come.
 */
@Tag("kernel")
class NetworkAttemptsTest {
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

  private Map<String, String> confined(Isolation isolation, String script, Object... more)
      throws Exception {
    assumeAvailable(isolation);
    return NetworkScript.confined(places, places.policy(isolation), temporary, script, more);
  }

  /** NW-01, NW-06, NW-10. */
  @ParameterizedTest
  @EachIsolation
  void portsAndAddressesAreRefusedOneByOne(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            attempt('tcp', lambda: tcp().connect(('127.0.0.1', F)))
            attempt('tcp6', lambda: tcp(AF_INET6).connect(('::1', F)))
            attempt('address', lambda: tcp().connect(('127.0.0.2', A)))
            attempt('udp', lambda: udp().sendto(b'x', ('127.0.0.1', F)))
            attempt('udp6', lambda: udp(AF_INET6).sendto(b'x', ('::1', F)))
            attempt('udp-address', lambda: udp().sendto(b'x', ('127.0.0.2', A)))
            attempt('udp-connect', lambda: udp().connect(('127.0.0.1', F)))
            attempt('internet', lambda: tcp().connect(('192.0.2.1', A)))
            def allowed(one, name):
                one.connect(name)
                return talk(one)
            attempt('good-tcp', lambda: allowed(tcp(), LO))
            attempt('good-tcp6', lambda: allowed(tcp(AF_INET6), LO6))
            attempt('good-udp', lambda: allowed(udp(), LO))
            attempt('good-udp6', lambda: allowed(udp(AF_INET6), LO6))
            """);

    assertResults(
        """
        tcp EACCES
        tcp6 EACCES
        address EACCES
        udp EACCES
        udp6 EACCES
        udp-address EACCES
        udp-connect EACCES
        internet EACCES
        good-tcp ok hello
        good-tcp6 ok hello
        good-udp ok hello
        good-udp6 ok hello
        """,
        results);
    assertEquals(4, places.served());
  }

  /** NW-02, NW-33. */
  @ParameterizedTest
  @EachIsolation
  void fastOpenIsRefusedHoweverItIsAskedFor(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            OPEN = 0x20000000
            for name, where in ('bad', v4('127.0.0.1', F)), ('good', v4(*LO)):
                attempt(name + '-sendto', lambda: sendto(tcp(), b'x', where, OPEN))
                attempt(name + '-sendmsg', lambda: sendmsg(tcp(), where, b'x', OPEN))
                attempt(name + '-sendmmsg',
                    lambda: sendmmsg(tcp(), message(where, b'x'), flags=OPEN))
            attempt('high', lambda: sendto(tcp(), b'x', v4(*LO), 0x7f00000000000000 | OPEN))
            attempt('none', lambda: sendto(tcp(), b'x', b'', OPEN))
            def later(where):
                one = tcp()
                one.setsockopt(IPPROTO_TCP, 30, 1)
                one.connect(where)
                return talk(one)
            attempt('later', lambda: later(('127.0.0.1', F)))
            attempt('later-good', lambda: later(LO))
            """);

    assertResults(
        """
        bad-sendto EPERM
        bad-sendmsg EPERM
        bad-sendmmsg EPERM
        good-sendto EPERM
        good-sendmsg EPERM
        good-sendmmsg EPERM
        high EPERM
        none EPERM
        later EACCES
        later-good ok hello
        """,
        results);
  }

  /** NW-04, NW-21, and other families and protocols: there are no such sockets. */
  @ParameterizedTest
  @EachIsolation
  void otherSocketsAreRefused(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            def make(name, family, kind, protocol=0):
                attempt(name, lambda: socket(family, kind, protocol).fileno() and None)
            make('mptcp', AF_INET, SOCK_STREAM, 262)
            make('mptcp6', AF_INET6, SOCK_STREAM, 262)
            make('sctp', AF_INET, SOCK_STREAM, 132)
            make('sctp-seq', AF_INET, SOCK_SEQPACKET, 132)
            make('dccp', AF_INET, 6, 33)
            make('udplite', AF_INET, SOCK_DGRAM, 136)
            make('ping', AF_INET, SOCK_DGRAM, 1)
            make('ping6', AF_INET6, SOCK_DGRAM, 58)
            make('raw', AF_INET, SOCK_RAW, 1)
            make('raw-tcp', AF_INET, SOCK_RAW, 6)
            make('raw6', AF_INET6, SOCK_RAW, 58)
            make('raw-any', AF_INET, SOCK_RAW, 255)
            make('rdm', AF_INET, 4)
            make('packet', AF_PACKET, SOCK_RAW, 0x0300)
            make('packet-old', AF_INET, 10)
            make('netlink', AF_NETLINK, SOCK_RAW)
            make('diagnosis', AF_NETLINK, SOCK_RAW, 4)
            make('vsock', 40, SOCK_STREAM)
            make('crypto', 38, SOCK_SEQPACKET)
            make('bluetooth', 31, SOCK_RAW)
            make('tipc', 30, SOCK_STREAM)
            make('rds', 21, SOCK_SEQPACKET)
            make('smc', 43, SOCK_STREAM)
            make('xdp', 44, SOCK_RAW)
            make('unix', AF_UNIX, SOCK_STREAM)
            make('unix-datagram', AF_UNIX, SOCK_DGRAM)
            def high(*arguments): return lambda: call(41, *arguments)
            attempt('high-family', high((7 << 32) | AF_PACKET, SOCK_RAW, 0))
            attempt('high-type', high(AF_INET, (1 << 32) | SOCK_RAW | SOCK_NONBLOCK, 1))
            attempt('high-protocol', high(AF_INET, SOCK_STREAM, (1 << 32) | 262))
            attempt('pair', lambda: socketpair(AF_INET, SOCK_STREAM))
            attempt('pair-datagram', lambda: socketpair(AF_UNIX, SOCK_DGRAM))
            attempt('ring', lambda: call(425, 8, ctypes.create_string_buffer(256)))
            attempt('namespace', lambda: call(272, 0x40000000))
            """);

    assertEquals(33, results.size(), results::toString);
    // By the filter, before there is a socket.
    results.values().removeIf("EPERM"::equals);
    assertEquals(Map.of("ring", "ENOSYS"), results);
  }

  /** NW-16: a list that is empty allows nothing, whatever refused destinations look like. */
  @ParameterizedTest
  @EachIsolation
  void anEmptyListAllowsNothing(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Network nothing =
        Network.DEFAULT.withAllow(List.of()).withRefusal(NetworkRefusal.CONNECTION_REFUSED);

    Map<String, String> results =
        NetworkScript.confined(
            places,
            NetworkPlaces.policy(isolation, nothing),
            temporary,
            """
            attempt('tcp', lambda: tcp().connect(LO))
            attempt('tcp6', lambda: tcp(AF_INET6).connect(LO6))
            attempt('udp', lambda: udp().sendto(b'x', LO))
            attempt('udp-connect', lambda: udp().connect(LO))
            attempt('sendmsg', lambda: sendmsg(udp(), v4(*LO), b'x'))
            attempt('sendmmsg', lambda: sendmmsg(udp(), message(v4(*LO), b'x')))
            """);

    // To datagrams nobody says so.
    assertResults(
        """
        tcp ECONNREFUSED
        tcp6 ECONNREFUSED
        udp EACCES
        udp-connect EACCES
        sendmsg EACCES
        sendmmsg EACCES
        """,
        results);
    assertEquals(0, places.served());
  }

  /** NW-14, NW-18, NW-32: each hop is a connection of its own, whoever makes it. */
  @ParameterizedTest
  @EachIsolation
  void nobodyInsideGetsFurtherForAnother(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            # What an allowed server says is where to go next.
            first = tcp(); first.connect(LO)
            first.sendall(b'127.0.0.1 %d' % F)
            host, port = first.recv(100).decode().split()
            attempt('redirect', lambda: tcp().connect((host, int(port))))
            # A relay of the sandbox's own has no more rights than whoever asks it.
            mine, its = socketpair()
            if os.fork() == 0:
                its.recv(1)
                try: tcp().connect(('127.0.0.1', F)); its.sendall(b'through')
                except OSError as e: its.sendall(errno.errorcode[e.errno].encode())
                os._exit(0)
            mine.sendall(b'x')
            attempt('relay', lambda: mine.recv(100).decode())
            for name in '10.0.2.2', '169.254.1.1', '192.168.127.1':
                attempt('gateway-' + name, lambda: tcp().connect((name, F)))
            """);

    assertResults(
        """
        redirect EACCES
        relay ok EACCES
        gateway-10.0.2.2 EACCES
        gateway-169.254.1.1 EACCES
        gateway-192.168.127.1 EACCES
        """,
        results);
  }

  /** NW-19: what a connection carries is nobody's business; where it goes is by its address. */
  @ParameterizedTest
  @EachIsolation
  void aNameInsideAConnectionChangesNothing(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            def ask(port):
                one = tcp()
                one.connect(('127.0.0.1', port))
                return talk(one, b'Host:other.example.org')
            attempt('allowed', lambda: ask(A))
            attempt('forbidden', lambda: ask(F))
            """);

    assertResults(
        """
        allowed ok Host:other.example.org
        forbidden EACCES
        """,
        results);
  }

  /** NW-23. */
  @ParameterizedTest
  @EachIsolation
  void nothingListens(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            def bound(family, name):
                one = tcp(family)
                one.bind(name)
                return one
            attempt('autobind', lambda: tcp().listen(1))
            attempt('autobind6', lambda: tcp(AF_INET6).listen(1))
            attempt('port0', lambda: bound(AF_INET, ('127.0.0.1', 0)).listen(1))
            attempt('any', lambda: bound(AF_INET, ('0.0.0.0', 0)).listen(1))
            attempt('named', lambda: bound(AF_INET, ('127.0.0.1', 19999)))
            attempt('named6', lambda: bound(AF_INET6, ('::', 19999)))
            attempt('udp', lambda: udp().bind(('0.0.0.0', 19999)))
            attempt('udp-low', lambda: udp().bind(('127.0.0.1', 53)))
            """);

    assertEquals(8, results.size());
    Attempts.assertAll("EACCES", results);
  }

  /** NW-24, NW-25, NW-27: there are no Unix sockets beside a broker unless a policy has them. */
  @ParameterizedTest
  @EachIsolation
  void unixSocketsOfTheHostAreNotReached(Isolation isolation) throws Exception {
    Path path = temporary.toRealPath().resolve("s");
    Path link = temporary.toRealPath().resolve("link");
    Files.createSymbolicLink(link, path);
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Map<String, String> results =
          confined(
              isolation,
              """
              def reach(name):
                  socket(AF_UNIX).connect(name)
              attempt('path', lambda: reach(sys.argv[3]))
              attempt('link', lambda: reach(sys.argv[4]))
              attempt('abstract', lambda: reach('\\0/tmp/.X11-unix/X0'))
              # One of a pair is a Unix socket, too.
              def other(kind, action):
                  one, two = socketpair(AF_UNIX, kind)
                  action(one)
              attempt('pair', lambda: other(SOCK_STREAM, lambda s: s.connect(sys.argv[3])))
              attempt('pair-bind', lambda: other(SOCK_STREAM, lambda s: s.bind('\\0mine')))
              attempt('pair-send',
                  lambda: other(SOCK_SEQPACKET, lambda s: s.sendto(b'x', sys.argv[3])))
              """,
              path,
              link);
      assertResults(
          """
          path EPERM
          link EPERM
          abstract EPERM
          pair EACCES
          pair-bind EACCES
          pair-send EACCES
          """,
          results);
      server.configureBlocking(false);
      assertNull(server.accept());
    }
  }

  /** NW-29: it dissolves a connection, and where it has an address it is judged by that. */
  @ParameterizedTest
  @EachIsolation
  void noFamilyIsNoWayOut(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            bad, good = v4('127.0.0.1', F, AF_UNSPEC), v4(*LO, AF_UNSPEC)
            attempt('tcp', lambda: connect(tcp(), bad))
            attempt('tcp6', lambda: connect(tcp(AF_INET6), v6('::1', F, AF_UNSPEC)))
            attempt('udp', lambda: connect(udp(), bad))
            attempt('short', lambda: connect(udp(), b'\\0\\0'))
            attempt('shorter', lambda: connect(udp(), b'\\0'))
            # A datagram's is one of IPv4 all the same.
            attempt('sendto', lambda: sendto(udp(), b'x', bad))
            attempt('sendmsg', lambda: sendmsg(udp(), bad, b'x'))
            attempt('sendmmsg', lambda: sendmmsg(udp(), message(bad, b'x')))
            attempt('sendto-good', lambda: sendto(udp(), b'x', good))
            # And on sockets of IPv6 none: the datagram goes where it is connected to.
            attempt('sendto6', lambda: sendto(udp(AF_INET6), b'x', v6('::1', F, AF_UNSPEC)))
            def connected():
                one = udp(AF_INET6)
                one.connect(LO6)
                sendto(one, b'hello', v4(*LO, AF_UNSPEC))
                return one.recv(5).decode()
            attempt('connected6', connected)
            def bind(one, name): return call(BIND, one.fileno(), name, 16)
            attempt('bind', lambda: bind(tcp(), v4('0.0.0.0', F, AF_UNSPEC)))
            attempt('bind0', lambda: bind(udp(), v4('0.0.0.0', 0, AF_UNSPEC)))
            """);

    assertResults(
        """
        tcp ok 0
        tcp6 ok 0
        udp ok 0
        short ok 0
        shorter EINVAL
        sendto EACCES
        sendmsg EACCES
        sendmmsg EACCES
        sendto-good ok 1
        sendto6 EACCES
        connected6 ok hello
        bind EACCES
        bind0 ok 0
        """,
        results);
  }

  /** NW-30: a connection of whoever starts the sandbox is not passed on. */
  @ParameterizedTest
  @EachIsolation
  void socketsOfOthersAreNotInherited(Isolation isolation) throws Exception {
    try (var outside = new Socket(InetAddress.getLoopbackAddress(), places.forbidden())) {
      assertTrue(outside.isConnected());
      Map<String, String> results =
          confined(
              isolation,
              """
              import stat
              def sockets():
                  return [n for n in range(3, 1024) if is_socket(n)]
              def is_socket(n):
                  try: return stat.S_ISSOCK(os.fstat(n).st_mode)
                  except OSError: return False
              attempt('sockets', sockets)
              """);
      assertResults("sockets ok []", results);
    }
    // Its own one.
    assertEquals(1, places.arrived());
    places.forget();
  }
}
