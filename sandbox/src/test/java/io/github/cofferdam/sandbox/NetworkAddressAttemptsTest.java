package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.NetworkScript.assertResults;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Addresses in other spellings, in bad memory and with lengths that are none, past a broker: it
 * takes them for what the kernel takes them for.
 */
@Tag("kernel")
class NetworkAddressAttemptsTest {
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

  private Map<String, String> confined(
      Isolation isolation, Network network, String script, Object... more) throws Exception {
    assumeAvailable(isolation);
    return NetworkScript.confined(
        places, NetworkPlaces.policy(isolation, network), temporary, script, more);
  }

  private Map<String, String> confined(Isolation isolation, String script) throws Exception {
    return confined(isolation, places.network(), script);
  }

  private static final String SPELLINGS =
      """
      def attempts(name, family, packed):
          attempt(name + '-tcp', lambda: connect(tcp(family), packed))
          attempt(name + '-udp', lambda: sendto(udp(family), b'x', packed))
      """;

  @ParameterizedTest
  @EachIsolation
  void anAddressIsTheSameHoweverItIsSpelled(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            SPELLINGS
                + """
                attempts('mapped', AF_INET6, v6('::ffff:127.0.0.1', F))
                attempts('mapped-second', AF_INET6, v6('::ffff:127.0.0.2', A))
                attempts('mapped-scope', AF_INET6, v6('::ffff:127.0.0.1', F, scope=1, flow=7))
                attempts('stateless', AF_INET6, v6('::ffff:0:127.0.0.1', A))
                attempts('compatible', AF_INET6, v6('::127.0.0.1', A))
                attempts('nat64', AF_INET6, v6('64:ff9b::127.0.0.1', A))
                attempts('nat64-local', AF_INET6, v6('64:ff9b:1::127.0.0.1', A))
                attempts('6to4', AF_INET6, v6('2002:7f00:1::', A))
                attempts('teredo', AF_INET6, v6('2001:0:1:1::80ff:fffe', A))
                attempts('scope', AF_INET6, v6('::1', F, scope=1))
                attempts('second', AF_INET, v4('127.0.0.2', A))
                attempts('far', AF_INET, v4('127.255.255.254', F))
                attempts('this', AF_INET, v4('0.0.0.1', A))
                attempts('zero', AF_INET, v4('0.0.0.0', F))
                attempts('zero6', AF_INET6, v6('::', F))
                attempts('zero-mapped', AF_INET6, v6('::ffff:0.0.0.0', F))
                attempts('broadcast', AF_INET, v4('255.255.255.255', A))
                attempts('multicast', AF_INET, v4('224.0.0.1', A))
                attempts('multicast6', AF_INET6, v6('ff02::1', A, scope=1))
                attempts('all-routers', AF_INET6, v6('ff01::1', A))
                attempts('link', AF_INET6, v6('fe80::1', A, scope=1))
                attempts('port0', AF_INET, v4('127.0.0.1', 0))
                attempts('metadata', AF_INET, v4('169.254.169.254', A))
                attempts('metadata6', AF_INET6, v6('::ffff:169.254.169.254', A))
                """);

    assertEquals(48, results.size());
    Attempts.assertAll("EACCES", results);

    Map<String, String> good =
        confined(
            isolation,
            """
            def ask(one, packed):
                connect(one, packed)
                return talk(one)
            attempt('mapped', lambda: ask(tcp(AF_INET6), v6('::ffff:127.0.0.1', A)))
            attempt('mapped-udp', lambda: ask(udp(AF_INET6), v6('::ffff:127.0.0.1', A)))
            attempt('short6', lambda: ask(udp(AF_INET6), v6('::1', A)[:24]))
            attempt('long', lambda: ask(tcp(), v4('127.0.0.1', A) + bytes(112)))
            """);
    Attempts.assertAll("ok hello", good);
    assertEquals(4, places.served());
  }

  /** 0.0.0.0 and :: lead to loopback, or to where a socket is bound, so they are these. */
  @ParameterizedTest
  @EachIsolation
  void noAddressIsThisHost(Isolation isolation) throws Exception {
    String script =
        SPELLINGS
            + """
            attempts('zero', AF_INET, v4('0.0.0.0', int(sys.argv[3])))
            attempts('zero6', AF_INET6, v6('::', int(sys.argv[3])))
            attempts('mapped', AF_INET6, v6('::ffff:0.0.0.0', int(sys.argv[3])))
            def bound(family, name, packed):
                one = udp(family)
                one.bind((name, 0))
                return sendto(one, b'x', packed)
            attempt('bound', lambda: bound(AF_INET, '127.0.0.2', v4('0.0.0.0', F)))
            """;
    // A rule on loopback denies it, whatever else allows it.
    Network denied =
        Network.DEFAULT
            .withAllow(List.of(NetworkRule.parse("*")))
            .withPrivateAddresses(true)
            .withDeny(List.of(NetworkRule.parse("127.0.0.1"), NetworkRule.parse("::1")));
    Map<String, String> results = confined(isolation, denied, script, places.forbidden());
    assertEquals(7, results.size());
    Attempts.assertAll("EACCES", results);

    Network full = Network.DEFAULT.withAccess(Network.Access.FULL).withDeny(denied.deny());
    Map<String, String> all = confined(isolation, full, script, places.forbidden());
    assertEquals(7, all.size());
    Attempts.assertAll("EACCES", all);

    // And one that allows loopback allows it, and nothing else of this host.
    Map<String, String> good =
        confined(
            isolation,
            """
            def ask(one, packed):
                connect(one, packed)
                return talk(one)
            attempt('zero', lambda: ask(tcp(), v4('0.0.0.0', A)))
            attempt('zero6', lambda: ask(tcp(AF_INET6), v6('::', A)))
            attempt('mapped', lambda: ask(tcp(AF_INET6), v6('::ffff:0.0.0.0', A)))
            attempt('udp', lambda: ask(udp(), v4('0.0.0.0', A)))
            def bound():
                one = udp()
                one.bind(('127.0.0.2', 0))
                return sendto(one, b'x', v4('0.0.0.0', A))
            attempt('bound', bound)
            """);
    assertResults(
        """
        zero ok hello
        zero6 ok hello
        mapped ok hello
        udp ok hello
        bound ok 1
        """,
        good);
  }

  /** Beside rules, loopback is what is on this host, not what other networks make of it. */
  @ParameterizedTest
  @EachIsolation
  void loopbackIsNotWhatAnotherHostCallsSo(Isolation isolation) throws Exception {
    Network loopback = Network.DEFAULT.withAllow(List.of()).withLoopback(true);

    Map<String, String> results =
        confined(
            isolation,
            loopback,
            SPELLINGS
                + """
                attempts('this', AF_INET, v4('0.1.2.3', A))
                attempts('nat64', AF_INET6, v6('64:ff9b::127.0.0.1', A))
                attempts('nat64-local', AF_INET6, v6('64:ff9b:1::127.0.0.1', A))
                attempts('6to4', AF_INET6, v6('2002:7f00:1::1', A))
                attempts('teredo', AF_INET6, v6('2001:0:1:1::80ff:fffe', A))
                attempts('stateless', AF_INET6, v6('::ffff:0:127.0.0.1', A))
                attempts('compatible', AF_INET6, v6('::127.0.0.1', A))
                """);

    assertEquals(14, results.size());
    Attempts.assertAll("EACCES", results);
  }

  @ParameterizedTest
  @EachIsolation
  void aScopeMakesNoOtherHost(Isolation isolation) throws Exception {
    List<Inet6Address> own =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(Inet6Address.class::isInstance)
            .map(Inet6Address.class::cast)
            .filter(Inet6Address::isLinkLocalAddress)
            .toList();
    for (Inet6Address address : own) {
      Map<String, String> results =
          confined(
              isolation,
              Network.DEFAULT.withAllow(List.of(NetworkRule.parse("*"))),
              SPELLINGS
                  + """
                  attempts('own', AF_INET6, v6(sys.argv[3], F, scope=int(sys.argv[4])))
                  """,
              address.getHostAddress().replaceFirst("%.*", ""),
              address.getScopeId());
      Attempts.assertAll("EACCES", results);
    }
  }

  private static final String MEMORY =
      """
      import mmap
      libc.mmap.restype = ctypes.c_void_p
      libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [
          ctypes.c_long]
      pages = libc.mmap(None, 8192, 3, 0x22, -1, 0)
      libc.munmap(ctypes.c_void_p(pages + 4096), ctypes.c_size_t(4096))
      def at_end(data):
          start = pages + 4096 - len(data)
          ctypes.memmove(start, data, len(data))
          return start
      """;

  @ParameterizedTest
  @EachIsolation
  void addressesAreReadAsTheKernelReadsThem(Isolation isolation) throws Exception {
    String script =
        MEMORY
            + """
            good, bad = v4(*LO), v4('127.0.0.1', F)
            unmapped, keep_udp = pages + 4096, udp()
            attempt('end-good', lambda: connect(tcp(), at_end(good), 16))
            attempt('over-end', lambda: connect(tcp(), at_end(good), 17))
            attempt('unmapped', lambda: connect(tcp(), unmapped, 16))
            attempt('null', lambda: connect(tcp(), 0, 16))
            attempt('kernel', lambda: connect(tcp(), -4096, 16))
            attempt('no-length', lambda: connect(tcp(), good, 0))
            attempt('half', lambda: connect(tcp(), good, 8))
            attempt('fifteen', lambda: connect(tcp(), good, 15))
            attempt('negative', lambda: connect(tcp(), good, -1))
            attempt('huge', lambda: connect(tcp(), good, 129))
            attempt('enormous', lambda: connect(tcp(), good, 0x7fffffff))
            attempt('high-length', lambda: connect(tcp(), good, (5 << 32) | 16))
            def high(one): return call(CONNECT, (9 << 32) | one.fileno(), good, 16)
            attempt('high-descriptor', lambda: high(tcp()))
            attempt('no-descriptor', lambda: call(CONNECT, -1, good, 16))
            attempt('closed', lambda: call(CONNECT, 1000, good, 16))
            attempt('sendto-unmapped', lambda: sendto(udp(), b'x', unmapped, 0, 16))
            attempt('sendto-negative', lambda: sendto(udp(), b'x', good, 0, -1))
            attempt('sendto-huge', lambda: sendto(udp(), b'x', good, 0, 4096))
            attempt('sendto-data', lambda: call(SENDTO, keep_udp.fileno(), unmapped, 5, 0, good, 16))
            attempt('sendto-end', lambda: sendto(udp(), b'x', at_end(good), 0, 16))
            attempt('sendmsg-zero', lambda: sendmsg(udp(), good, b'x', length=0))
            attempt('sendmsg-negative', lambda: sendmsg(udp(), good, b'x', length=0x80000000))
            attempt('sendmsg-long',
                lambda: sendmsg(udp(), good + bytes(300), b'x', length=0x7fffffff))
            attempt('sendmsg-short', lambda: sendmsg(udp(), good, b'x', length=15))
            def raw(header): return lambda: call(SENDMSG, keep_udp.fileno(), header, 0)
            attempt('header-unmapped', raw(unmapped))
            attempt('header-end', raw(at_end(message(good, b'x'))))
            attempt('header-over', raw(pages + 4096 - 55))
            def parts(number, vectors=None):
                vectors = vectors or struct.pack('=QQ', address(b'x'), 1) * number
                return struct.pack('=QI4xQQQQI4x', address(good), 16, address(vectors), number,
                    0, 0, 0)
            attempt('parts', raw(parts(1024)))
            attempt('too-many', raw(parts(1025)))
            attempt('far-too-many', raw(parts(1 << 40, b'x')))
            attempt('part-unmapped', raw(parts(1, struct.pack('=QQ', unmapped, 1))))
            attempt('part-negative', raw(parts(1, struct.pack('=QQ', address(b'x'), 1 << 63))))
            attempt('no-parts', raw(parts(0, b'x')))
            attempt('too-long', raw(parts(1, struct.pack('=QQ', pages, 65536))))
            attempt('family', lambda: connect(tcp(), b'\\x10\\x27' + good[2:]))
            attempt('other-family', lambda: connect(tcp(), v6(*LO6)))
            attempt('other-family6', lambda: connect(tcp(AF_INET6), good))
            attempt('datagram-other6', lambda: sendto(udp(AF_INET6), b'x', good))
            attempt('datagram-other', lambda: sendto(udp(), b'x', v6(*LO6)))
            """;

    Map<String, String> confined = confined(isolation, script);

    Map<String, String> free = NetworkScript.free(places, temporary, script);
    assertEquals(39, free.size());
    NetworkScript.assertSame(free, confined);
  }

  /** What is not allowed is refused, even where something is wrong with it besides. */
  @ParameterizedTest
  @EachIsolation
  void theSecondMessageIsJudgedAsTheFirst(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            MEMORY
                + """
                good, bad = message(v4(*LO), b'xy'), message(v4('127.0.0.1', F), b'secret')
                none = message(None, b'x')
                attempt('second', lambda: sendmmsg(udp(), good, bad))
                attempt('first', lambda: sendmmsg(udp(), bad, good))
                attempt('third', lambda: sendmmsg(udp(), good, good, bad, good))
                attempt('unconnected', lambda: sendmmsg(udp(), none))
                def connected():
                    one = udp()
                    one.connect(LO)
                    return sendmmsg(one, none, good, bad)
                attempt('connected', connected)
                def many(number): return call(SENDMMSG, one.fileno(), address(good), number, 0)
                one = udp()
                attempt('none', lambda: many(0))
                attempt('high', lambda: many((3 << 32) | 1))
                many_good = ctypes.create_string_buffer((good + bytes(8)) * 1100)
                attempt('most', lambda: call(SENDMMSG, one.fileno(), many_good, 1100, 0) > 0)
                attempt('negative', lambda: call(SENDMMSG, one.fileno(), many_good, -1, 0) > 0)
                attempt('end', lambda: call(
                    SENDMMSG, one.fileno(), at_end(good + bytes(8)), 5, 0))
                attempt('not-written', lambda: call(
                    SENDMMSG, one.fileno(), at_end(good), 1, 0))
                """);

    assertResults(
        """
        second ok [1, 2, 0]
        first EACCES
        third ok [2, 2, 2, 0, 0]
        unconnected EDESTADDRREQ
        connected ok [2, 1, 2, 0]
        none ok 0
        high ok 1
        most ok True
        negative ok True
        end ok 1
        not-written EFAULT
        """,
        results);
  }
}
