package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.NetworkScript.assertResults;
import static io.github.cofferdam.sandbox.NetworkScript.assertSame;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Connections through a broker are as those without one: each script runs without a sandbox, too,
 * and the same comes of it. Waiting, signals and time limits are where they could differ.
 */
@Tag("kernel")
class NetworkBehaviourTest {
  private NetworkPlaces places;
  private StalledServer stalled;
  @TempDir private Path temporary;

  @BeforeEach
  void open() throws Exception {
    places = NetworkPlaces.open();
    stalled = StalledServer.open();
  }

  @AfterEach
  void close() throws Exception {
    if (stalled != null) {
      stalled.close();
    }
    if (places != null) {
      places.close();
    }
  }

  /** STALLED is allowed, too, and so is CLOSED, where nobody listens. */
  private static final String NAMES =
      """
      import select, signal
      STALLED, CLOSED = ('127.0.0.1', int(sys.argv[3])), ('127.0.0.1', 1)
      TIMEOUT = struct.pack('=qq', 0, 200_000)
      def pending():
          one = tcp()
          one.setblocking(False)
          one.connect_ex(STALLED)
          return one
      def after(seconds, action):
          thread = threading.Timer(seconds, action)
          thread.start()
          return thread
      """;

  private Policy policy(Isolation isolation) {
    Network network = places.network();
    var rules = new ArrayList<>(network.allow());
    rules.add(NetworkRule.parse("127.0.0.1:" + stalled.port()));
    rules.add(NetworkRule.parse("127.0.0.1:1"));
    return NetworkPlaces.policy(isolation, network.withAllow(rules));
  }

  /** {@return what came of it}, which is what comes of it without a sandbox. */
  private Map<String, String> same(Isolation isolation, String script) throws Exception {
    assumeAvailable(isolation);
    Map<String, String> free =
        NetworkScript.free(places, temporary, NAMES + script, stalled.port());
    Map<String, String> confined =
        NetworkScript.confined(
            places, policy(isolation), temporary, NAMES + script, stalled.port());
    assertSame(free, confined);
    return confined;
  }

  @ParameterizedTest
  @EachIsolation
  void connectionsThatDoNotBlock(Isolation isolation) throws Exception {
    Map<String, String> results =
        same(
            isolation,
            """
            def ready(one, how):
                if how == 'poll':
                    poller = select.poll(); poller.register(one, select.POLLOUT)
                    return [event for _, event in poller.poll(60_000)]
                if how == 'select':
                    return [len(each) for each in select.select([], [one], [], 60)]
                return [event for _, event in how.poll(60)]
            def connect_then(where, how):
                one = tcp()
                one.setblocking(False)
                if how == 'epoll':
                    # Before the connection, as event loops do.
                    how = select.epoll()
                    how.register(one, select.EPOLLOUT | select.EPOLLET)
                    how.poll(0)
                begun = errno.errorcode[one.connect_ex(where)]
                events = ready(one, how)
                error = one.getsockopt(SOL_SOCKET, SO_ERROR)
                again = one.connect_ex(where), one.connect_ex(where)
                return begun, events, error, again
            for how in 'poll', 'select', 'epoll':
                attempt(how + '-good', lambda: connect_then(LO, how))
                attempt(how + '-closed', lambda: connect_then(CLOSED, how)[:3])
            attempt('stalled', lambda: pending().connect(STALLED))
            def nothing():
                one = pending()
                poller = select.poll(); poller.register(one, select.POLLOUT)
                return poller.poll(50)
            attempt('nothing', nothing)
            """);

    assertEquals(8, results.size());
    assertEquals("EALREADY", results.get("stalled"));
  }

  @ParameterizedTest
  @EachIsolation
  void connectionsThatBlock(Isolation isolation) throws Exception {
    same(
        isolation,
        """
        attempt('closed', lambda: tcp().connect(CLOSED))
        def twice():
            one = tcp(); one.connect(LO); connect(one, v4(*LO))
        attempt('twice', twice)
        def elsewhere():
            one = tcp(); one.connect(LO); connect(one, v4(*CLOSED))
        attempt('elsewhere', elsewhere)
        def limited():
            one = tcp()
            one.setsockopt(SOL_SOCKET, SO_SNDTIMEO, TIMEOUT)
            connect(one, v4(*STALLED))
        attempt('limited', limited)
        def python_limit():
            one = tcp(); one.settimeout(0.2)
            try: one.connect(STALLED)
            except TimeoutError: return 'timeout'
        attempt('python-limit', python_limit)
        # Another thread ends it.
        def ended():
            one = tcp()
            after(0.2, lambda: one.shutdown(SHUT_RDWR))
            connect(one, v4(*STALLED))
        attempt('ended', ended)
        def dissolved():
            one = tcp(); one.connect(LO)
            connect(one, bytes(16))
            one.connect(LO)
            return talk(one)
        attempt('dissolved', dissolved)
        def half():
            one = tcp(); one.connect(LO)
            one.sendall(b'all'); one.shutdown(SHUT_WR)
            got = b''
            while True:
                more = one.recv(10)
                if not more: return got
                got += more
        attempt('half', half)
        def after_end():
            one = tcp(); one.connect(LO); one.shutdown(SHUT_RDWR)
            return one.send(b'x', MSG_NOSIGNAL)
        attempt('after-end', after_end)
        def joined():
            # While one thread connects, another does not want to wait for that.
            one = tcp()
            first = threading.Thread(target=lambda: one_error(one))
            first.start()
            while sock_state(one) != 2: time.sleep(0.01)
            one.setblocking(False)
            error = ctypes.set_errno(0) or one.connect_ex(STALLED)
            one.shutdown(SHUT_RDWR); first.join()
            return errno.errorcode[error]
        def one_error(one):
            try: connect(one, v4(*STALLED))
            except OSError: pass
        def sock_state(one): return one.getsockopt(IPPROTO_TCP, TCP_INFO, 1)[0]
        attempt('joined', joined)
        """);
  }

  @ParameterizedTest
  @EachIsolation
  void signalsDuringAConnection(Isolation isolation) throws Exception {
    Map<String, String> results =
        same(
            isolation,
            """
            caught = []
            signal.signal(signal.SIGALRM, lambda *_: caught.append('alarm'))
            def alarmed(restart, action):
                caught.clear()
                signal.siginterrupt(signal.SIGALRM, not restart)
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                try: action()
                except OSError as e: return errno.errorcode[e.errno], caught[:]
                return 'ok', caught[:]
            def interrupted():
                one = tcp()
                first = alarmed(False, lambda: connect(one, v4(*STALLED)))
                one.setblocking(False)
                return first, errno.errorcode[one.connect_ex(STALLED)]
            attempt('interrupted', interrupted)
            def again():
                one = tcp()
                first = alarmed(False, lambda: connect(one, v4(*STALLED)))
                after(0.2, lambda: one.shutdown(SHUT_RDWR))
                try: connect(one, v4(*STALLED))
                except OSError as e: return first, errno.errorcode[e.errno]
            attempt('again', again)
            def restarted():
                one = tcp()
                after(0.4, lambda: one.shutdown(SHUT_RDWR))
                return alarmed(True, lambda: connect(one, v4(*STALLED)))
            attempt('restarted', restarted)
            def limited(restart):
                one = tcp()
                one.setsockopt(SOL_SOCKET, SO_SNDTIMEO, struct.pack('=qq', 30, 0))
                return alarmed(restart, lambda: connect(one, v4(*STALLED)))
            attempt('limited', lambda: limited(False))
            attempt('limited-restart', lambda: limited(True))
            def ignored():
                signal.signal(signal.SIGUSR1, signal.SIG_IGN)
                one = tcp()
                one.setsockopt(SOL_SOCKET, SO_SNDTIMEO, TIMEOUT)
                after(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
                connect(one, v4(*STALLED))
            attempt('ignored', ignored)
            """);

    assertEquals("ok (('EINTR', ['alarm']), 'EALREADY')", results.get("interrupted"));
  }

  @ParameterizedTest
  @EachIsolation
  void aConnectionThatWaitsDelaysNobody(Isolation isolation) throws Exception {
    same(
        isolation,
        """
        ends = []
        def wait(one):
            try: connect(one, v4(*STALLED))
            except OSError as e: ends.append(errno.errorcode[e.errno])
        waiting = [tcp() for _ in range(20)]
        threads = [threading.Thread(target=wait, args=[one]) for one in waiting]
        for each in threads: each.start()
        def others():
            for _ in range(30):
                one = tcp(); one.connect(LO)
                assert talk(one) == 'hello'
                assert udp().sendto(b'x', LO) == 1
        attempt('others', others)
        attempt('waiting', lambda: ends)
        for one in waiting: one.shutdown(SHUT_RDWR)
        for each in threads: each.join()
        attempt('ended', lambda: set(ends))
        # Whoever is killed in a connection is gone at once.
        def killed():
            pid = os.fork()
            if pid == 0: wait(tcp())
            time.sleep(0.2)
            os.kill(pid, signal.SIGKILL)
            return os.waitpid(pid, 0)[1]
        attempt('killed', killed)
        # Its number means another socket while it waits.
        def replaced():
            one, other, keep_it = tcp(), udp(), None
            keep_it = one.dup()
            thread = threading.Thread(target=wait, args=[one])
            ends.clear(); thread.start(); time.sleep(0.2)
            os.dup2(other.fileno(), one.fileno())
            connect(one, v4(*LO))
            keep_it.shutdown(SHUT_RDWR); thread.join()
            return talk(other), ends
        attempt('replaced', replaced)
        """);
  }

  /** Streams are sent in order and once, also where there is no room and signals come. */
  @ParameterizedTest
  @EachIsolation
  void whatIsSentArrivesOnce(Isolation isolation) throws Exception {
    Map<String, String> results =
        same(
            isolation,
            """
            import hashlib
            signal.signal(signal.SIGALRM, lambda *_: None)
            def flow(restart):
                signal.siginterrupt(signal.SIGALRM, not restart)
                one = tcp(); one.connect(LO)
                data = os.urandom(1 << 22)
                got, at = bytearray(), 0
                def read():
                    while len(got) < len(data):
                        time.sleep(0.005)
                        got.extend(one.recv(1 << 16))
                reader = threading.Thread(target=read); reader.start()
                signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
                while at < len(data):
                    try: at += sendmsg(one, None, data[at:at + 300_000])
                    except InterruptedError: pass
                signal.setitimer(signal.ITIMER_REAL, 0)
                reader.join()
                return got == data
            attempt('flow', lambda: flow(False))
            attempt('flow-restart', lambda: flow(True))
            def full():
                # The other end sends back, and nobody reads that.
                one = tcp(); one.connect(LO)
                one.setsockopt(SOL_SOCKET, SO_SNDTIMEO, TIMEOUT)
                while True: sendmsg(one, None, bytes(200_000))
            attempt('full', full)
            def full_at_once():
                one = tcp(); one.connect(LO)
                while True: sendmsg(one, None, bytes(200_000), MSG_DONTWAIT)
            attempt('full-at-once', full_at_once)
            """);

    assertResults(
        """
        flow ok True
        flow-restart ok True
        full EAGAIN
        full-at-once EAGAIN
        """,
        results);
  }

  /** The supervisor, which is this virtual machine, has no more descriptors open than before. */
  @ParameterizedTest
  @EachIsolation
  void nothingStaysOpen(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        NAMES
            + """
            for _ in range(100):
                one = tcp(); one.connect(LO); talk(one)
                udp().sendto(b'x', LO)
                try: tcp().connect(('127.0.0.1', F))
                except OSError: pass
                pending()
            def wait():
                if os.fork() == 0: connect(tcp(), v4(*STALLED))
            for _ in range(10): wait()
            time.sleep(0.2)
            attempt('done', lambda: None)
            """;
    NetworkScript.confined(places, policy(isolation), temporary, script, stalled.port());
    long before = descriptors();

    for (int i = 0; i < 3; i++) {
      NetworkScript.confined(places, policy(isolation), temporary, script, stalled.port());
    }

    for (int i = 0; i < 500 && descriptors() > before; i++) {
      Thread.sleep(20);
    }
    long after = descriptors();
    assertTrue(after <= before, () -> before + " became " + after);
  }

  /** Those that lead to sockets and to processes, which no other part of a machine opens. */
  private static long descriptors() throws Exception {
    long count = 0;
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path each : all.toList()) {
        String to = Files.isSymbolicLink(each) ? Files.readSymbolicLink(each).toString() : "";
        count += to.contains("pidfd") || to.contains("seccomp") || to.startsWith("socket:") ? 1 : 0;
      }
    }
    return count;
  }
}
