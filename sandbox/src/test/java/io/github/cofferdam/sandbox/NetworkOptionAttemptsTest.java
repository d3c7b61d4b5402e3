package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.NetworkScript.assertResults;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.testkit.I386;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Ways past a broker that do not name another address: options, what goes with a message, other
 * processes, other ways to make a call.
 */
@Tag("kernel")
class NetworkOptionAttemptsTest {
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

  @ParameterizedTest
  @EachIsolation
  void noOptionLeadsElsewhere(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            def option(name, one, level, number, value):
                attempt(name, lambda: one.setsockopt(level, number, value))
            t, u, t6, u6 = tcp(), udp(), tcp(AF_INET6), udp(AF_INET6)
            option('device', t, SOL_SOCKET, 25, b'lo\\0')
            option('mark', t, SOL_SOCKET, 36, 1)
            option('interface', u, SOL_SOCKET, 62, 1)
            # Loose and strict source routes by way of 127.0.0.2.
            route = bytes([131, 7, 4, 127, 0, 0, 2, 0])
            option('route', t, SOL_IP, 4, route)
            option('route-strict', u, SOL_IP, 4, bytes([137]) + route[1:])
            option('route-none', u, SOL_IP, 4, b'')
            option('transparent', t, SOL_IP, 19, 1)
            option('freebind', t, SOL_IP, 15, 1)
            option('multicast-interface', u, SOL_IP, 32, inet_aton('127.0.0.2'))
            option('unicast-interface', u, SOL_IP, 50, 1)
            option('group', u, SOL_IP, 35, inet_aton('224.0.0.1') + inet_aton('127.0.0.1'))
            option('group-any', u, SOL_IP, 42, bytes(136))
            option('headers', u, SOL_IP, 3, 1)
            option('repair', t, IPPROTO_TCP, 19, 1)
            # A routing header of type 2 by way of ::1, in its four places.
            header = bytes([0, 2, 2, 1, 0, 0, 0, 0]) + inet_pton(AF_INET6, '::1')
            option('route6', u6, IPPROTO_IPV6, 57, header)
            option('route6-old', u6, IPPROTO_IPV6, 5, header)
            def part(kind, data): return struct.pack('=QII', 16 + len(data), 41, kind) + data
            option('options-old', u6, IPPROTO_IPV6, 6, part(57, header))
            flow = inet_pton(AF_INET6, '::1') + struct.pack('!I', 7) + struct.pack(
                '=BBHHHI', 0, 1, 1, 10, 10, 0)
            option('flow', u6, IPPROTO_IPV6, 32, flow + part(57, header))
            option('next-hop', u6, IPPROTO_IPV6, 9, v6(*LO6))
            option('hops', u6, IPPROTO_IPV6, 54, bytes(8))
            option('destination', u6, IPPROTO_IPV6, 59, bytes(8))
            option('before-route', u6, IPPROTO_IPV6, 55, bytes(8))
            option('source', u6, IPPROTO_IPV6, 50, inet_pton(AF_INET6, '::1') + bytes(4))
            option('family', t6, IPPROTO_IPV6, 1, AF_INET)
            option('unicast6', u6, IPPROTO_IPV6, 76, 1)
            option('group6', u6, IPPROTO_IPV6, 20, inet_pton(AF_INET6, 'ff02::1') + bytes(4))
            option('anycast', u6, IPPROTO_IPV6, 27, inet_pton(AF_INET6, '::1') + bytes(4))
            option('transparent6', t6, IPPROTO_IPV6, 75, 1)
            def high(one, level, number):
                return call(54, one.fileno(), level, number, ctypes.create_string_buffer(4), 4)
            attempt('high-level', lambda: high(u, 1 << 32, 4))
            attempt('high-option', lambda: high(u, 1, (1 << 32) | 36))
            """);

    assertEquals(30, results.size(), results::toString);
    Attempts.assertAll("EPERM", results);
  }

  @ParameterizedTest
  @EachIsolation
  void nothingThatGoesWithAMessageLeadsElsewhere(Isolation isolation) throws Exception {
    Map<String, String> results =
        confined(
            isolation,
            """
            def part(level, kind, data, length=None):
                whole = struct.pack('=QII', 16 + len(data) if length is None else length, level,
                    kind) + data
                return whole + bytes(-len(whole) % 8)
            def send(name, control, family=AF_INET):
                where = v4(*LO) if family == AF_INET else v6(*LO6)
                attempt(name, lambda: sendmsg(udp(family), where, b'x', control=control))
                attempt(name + '-many',
                    lambda: sendmmsg(udp(family), message(where, b'x', control))[0])
            four = struct.pack('=I', 1)
            header = bytes([0, 2, 2, 1, 0, 0, 0, 0]) + inet_pton(AF_INET6, '::1')
            send('interface', part(SOL_IP, 8, four + bytes(8)))
            send('options', part(SOL_IP, 7, bytes([131, 7, 4, 127, 0, 0, 2, 0])))
            send('mark', part(SOL_SOCKET, 36, four))
            send('time', part(SOL_SOCKET, 61, bytes(8)))
            send('credentials', part(SOL_SOCKET, 2, bytes(12)))
            send('rights', part(SOL_SOCKET, 1, four))
            send('route6', part(41, 57, header), AF_INET6)
            send('route6-old', part(41, 5, header), AF_INET6)
            send('interface6', part(41, 50, bytes(20)), AF_INET6)
            send('flow', part(41, 11, four), AF_INET6)
            send('next-hop', part(41, 9, v6(*LO6)), AF_INET6)
            send('behind', part(SOL_IP, 2, four) + part(SOL_IP, 8, bytes(12)))
            send('short', part(SOL_IP, 8, b'', 15))
            send('long', part(SOL_IP, 2, four, 1 << 40))
            send('negative', part(SOL_IP, 2, four, (1 << 64) - 1))
            send('good', part(SOL_IP, 2, four) + part(SOL_IP, 1, four))
            send('good6', part(41, 52, four) + part(41, 67, four), AF_INET6)
            send('rest', part(SOL_IP, 2, four) + bytes(8))
            """);

    assertEquals(36, results.size());
    results.values().removeIf("EACCES"::equals);
    assertResults(
        """
        short EINVAL
        short-many EINVAL
        long EINVAL
        long-many EINVAL
        negative EINVAL
        negative-many EINVAL
        good ok 1
        good-many ok 1
        good6 ok 1
        good6-many ok 1
        rest ok 1
        rest-many ok 1
        """,
        results);
  }

  @ParameterizedTest
  @EachIsolation
  void whoeverAsksIsToldTheSame(Isolation isolation) throws Exception {
    String child = "import socket, sys; socket.socket().connect(('127.0.0.1', int(sys.argv[1])))";

    Map<String, String> results =
        confined(
            isolation,
            """
            import array, subprocess
            def reach(): tcp().connect(('127.0.0.1', F))
            def forked(deep, action):
                mine, its = socketpair()
                pid = os.fork()
                if pid == 0:
                    text = forked(deep - 1, action) if deep else 'through'
                    if not deep:
                        try: action()
                        except OSError as e: text = errno.errorcode[e.errno]
                    its.sendall(text.encode())
                    os._exit(0)
                os.waitpid(pid, 0)
                return mine.recv(100).decode()
            attempt('child', lambda: forked(0, reach))
            attempt('grandchild', lambda: forked(2, reach))
            def run(port):
                done = subprocess.run([sys.executable, '-Ic', sys.argv[3], str(port)],
                    stderr=subprocess.PIPE)
                return done.returncode, b'PermissionError' in done.stderr
            attempt('program', lambda: run(F))
            attempt('program-good', lambda: run(A))
            def thread():
                got = []
                def work():
                    try: reach(); got.append('through')
                    except OSError as e: got.append(errno.errorcode[e.errno])
                one = threading.Thread(target=work)
                one.start(); one.join()
                return got[0]
            attempt('thread', thread)
            # A sibling's socket, also a connected one.
            def given(make):
                mine, its = socketpair()
                if os.fork() == 0:
                    one = make()
                    its.sendmsg([b'x'], [(SOL_SOCKET, SCM_RIGHTS, array.array('i', [one.fileno()]))])
                    os._exit(0)
                data, fds, _, _ = recv_fds(mine, 1, 1)
                os.wait()
                return socket(fileno=fds[0])
            attempt('given', lambda: given(udp).sendto(b'x', ('127.0.0.1', F)))
            attempt('given-tcp', lambda: given(tcp).connect(('127.0.0.1', F)))
            def connected():
                one = udp(); one.connect(LO)
                return one
            attempt('given-connected', lambda: sendto(given(connected), b'x', v4('127.0.0.1', F)))
            attempt('given-good', lambda: talk(given(connected)))
            # What moves data moves no address.
            def moved():
                one = tcp(); one.connect(LO)
                out, into = os.pipe()
                os.write(into, b'spliced')
                os.splice(out, one.fileno(), 7)
                got = one.recv(7)
                with open('/proc/self/comm') as file: text = file.read().encode()
                os.writev(one.fileno(), [text])
                got2 = one.recv(len(text))
                return got.decode(), got2 == text
            attempt('moved', moved)
            attempt('trace', lambda: call(101, 16, os.getppid(), 0, 0))
            attempt('steal', lambda: call(438, 0, 0, 0))
            attempt('x32', lambda: call(0x40000000 | CONNECT, tcp().fileno(),
                v4('127.0.0.1', F), 16))
            attempt('x32-send', lambda: call(0x40000000 | 518, udp().fileno(),
                message(v4('127.0.0.1', F), b'x'), 0))
            """,
            child);

    results.remove("steal");
    String x32 = results.remove("x32") + results.remove("x32-send");
    assertTrue(!x32.contains("ok"), x32);
    assertResults(
        """
        child ok EACCES
        grandchild ok EACCES
        program ok (1, True)
        program-good ok (0, False)
        thread ok EACCES
        given EACCES
        given-tcp EACCES
        given-connected EACCES
        given-good ok hello
        moved ok ('spliced', True)
        trace EPERM
        """,
        results);
  }

  /** By the calls of 32-bit programs, from memory shared by two tables of descriptors. */
  @ParameterizedTest
  @EachIsolation
  void otherWaysToCallAreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    I386.assumeAvailable(temporary);
    Path program = CompiledProgram.compile("network-calls", temporary);

    Outcome outcome =
        Sandboxed.run(
            places.policy(isolation),
            temporary,
            List.of(
                program.toString(),
                Integer.toString(places.allowed()),
                Integer.toString(places.forbidden())));

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> Sandboxed.text(outcome));
    assertEquals(
        """
        socketcall refused
        connect32 refused
        sendmmsg32 refused
        table forbidden: Permission denied
        table allowed: connected, and not the other
        vfork forbidden: Permission denied
        """,
        Sandboxed.text(outcome));
  }
}
