package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How servers are asked, and what is believed of what they say. */
class UpstreamTest {
  private static final int A = DnsMessage.A;
  private static final String WWW = "www.example.org";
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  private static NameServer open(Duration timeout, int attempts, FakeServer... servers)
      throws IOException {
    return open(timeout, attempts, Stream.of(servers).map(FakeServer::address).toList());
  }

  private static NameServer open(Duration timeout, int attempts, List<InetSocketAddress> servers)
      throws IOException {
    return NameServer.open(
        InetAddress.getLoopbackAddress(),
        new AllowedNames("*.example.org"),
        new PinnedNames(),
        HostsFile.of(List.of()),
        new UpstreamServers(servers, timeout, attempts));
  }

  private static String ask(NameServer server) throws Exception {
    return Asking.ask(server.address(), WWW, A).text();
  }

  private static byte[] right(FakeServer.Asked asked) throws IOException {
    return answer(asked, "192.0.2.1");
  }

  private static byte[] answer(FakeServer.Asked asked, String address) throws IOException {
    return FakeServer.response(asked, 0, FakeServer.address(asked.name(), 60, address));
  }

  @Test
  void whatIsTruncatedIsAskedForByStream() throws Exception {
    FakeServer.Script script =
        asked ->
            List.of(
                asked.stream()
                    ? answer(asked, "192.0.2.2")
                    : FakeServer.truncated(answer(asked, "192.0.2.1")));
    try (var upstream = new FakeServer(script);
        NameServer server = open(LONG, 1, upstream)) {
      assertEquals("0 192.0.2.2", ask(server));
      assertEquals(List.of("www.example.org 1", "stream www.example.org 1"), upstream.seen());
    }
  }

  @Test
  void streamsThatBreakOffAreGivenUp() throws Exception {
    FakeServer.Script script =
        asked -> asked.stream() ? List.of() : List.of(FakeServer.truncated(right(asked)));
    try (var first = new FakeServer(script);
        var second = new FakeServer(asked -> List.of(right(asked)));
        NameServer server = open(LONG, 1, first, second)) {
      assertEquals("0 192.0.2.1", ask(server));
      assertEquals(2, first.seen().size());
      assertEquals(1, second.seen().size());
    }
  }

  private static byte[] changed(byte[] message, int place) {
    byte[] changed = message.clone();
    changed[place] ^= 1;
    return changed;
  }

  /** In the id, in the name, in the type, in the class, and no response at all. */
  @ParameterizedTest
  @ValueSource(ints = {1, 13, 30, 32})
  void theAnswerToSomethingElseIsPassedOver(int place) throws Exception {
    FakeServer.Script script =
        asked -> {
          byte[] wrong = changed(answer(asked, "192.0.2.66"), place);
          return List.of(asked.message(), new byte[0], new byte[7], wrong, wrong, right(asked));
        };
    try (var upstream = new FakeServer(script);
        NameServer server = open(LONG, 1, upstream)) {
      assertEquals("0 192.0.2.1", ask(server));
      assertEquals(1, upstream.seen().size());
    }
  }

  @Test
  void whatComesFromElsewhereIsNotSeen() throws Exception {
    try (var other = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      FakeServer.Script script =
          asked -> {
            // All of it is right but where it comes from.
            byte[] wrong = answer(asked, "192.0.2.66");
            var to = new InetSocketAddress(other.getLocalAddress(), asked.from());
            other.send(new DatagramPacket(wrong, wrong.length, to));
            return List.of(right(asked));
          };
      try (var upstream = new FakeServer(script);
          NameServer server = open(LONG, 1, upstream)) {
        assertEquals("0 192.0.2.1", ask(server));
      }
    }
  }

  @Test
  void portsAndIdsAreNewForEachQuestion() throws Exception {
    try (var upstream = new FakeServer(asked -> List.of(right(asked)));
        NameServer server = open(LONG, 1, upstream)) {
      for (int i = 0; i < 100; i++) {
        Asking.ask(server.address(), "n" + i + ".example.org", A);
      }
      var ports = new HashSet<Integer>();
      var ids = new HashSet<Integer>();
      for (FakeServer.Asked asked : upstream.asked()) {
        ports.add(asked.from());
        ids.add(DnsQuery.id(asked.message()));
      }
      // Some may come twice: a hundred of 28,000, and of 65,536. Twenty do not.
      assertTrue(ports.size() > 80, ports::toString);
      assertTrue(ids.size() > 80, ids::toString);
    }
  }

  /** FORMERR, SERVFAIL, NOTIMP, REFUSED. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5})
  void theNextServerIsAskedWhereOneDoesNotKnow(int code) throws Exception {
    try (var first = new FakeServer(asked -> List.of(FakeServer.response(asked, code)));
        var second = new FakeServer(asked -> List.of(right(asked)));
        NameServer server = open(LONG, 1, first, second)) {
      assertEquals("0 192.0.2.1", ask(server));
      assertEquals(1, first.seen().size());
    }
  }

  @Test
  void aNameThatIsNotThereIsAnAnswer() throws Exception {
    try (var first = new FakeServer(asked -> List.of(FakeServer.response(asked, 3)));
        var second = new FakeServer(asked -> List.of(right(asked)));
        NameServer server = open(LONG, 2, first, second)) {
      assertEquals("3 ", ask(server));
      assertEquals(List.of(), second.seen());
    }
  }

  @Test
  void theNextServerIsAskedWhereOneIsSilentOrAbsentOrSpeaksNonsense() throws Exception {
    FakeServer absent = new FakeServer(asked -> List.of());
    absent.close();
    byte[] three = FakeServer.record(WWW, A, 60, new byte[3]);
    try (var silent = new FakeServer(asked -> List.of());
        var mad = new FakeServer(asked -> List.of(FakeServer.response(asked, 0, three)));
        var right = new FakeServer(asked -> List.of(right(asked)));
        NameServer server = open(SHORT, 1, absent, silent, mad, right)) {
      assertEquals("0 192.0.2.1", ask(server));
      assertEquals(1, silent.seen().size());
      assertEquals(1, mad.seen().size());
    }
  }

  @Test
  void whatNobodyAnswersIsAFailure() throws Exception {
    try (var silent = new FakeServer(asked -> List.of());
        NameServer server = open(SHORT, 2, silent)) {
      assertEquals("2 ", ask(server));
      assertEquals(2, silent.seen().size());
      // Which is not kept.
      assertEquals("2 ", ask(server));
      assertEquals(4, silent.seen().size());
    }
    try (NameServer server = open(SHORT, 2, List.of())) {
      assertEquals("2 ", ask(server));
    }
  }

  @Test
  void serversOfTheOtherVersionAreAskedWhereThereIsOne() throws Exception {
    var nobody = new InetSocketAddress(InetAddress.ofLiteral("::1"), 1);
    try (var upstream = new FakeServer(asked -> List.of(right(asked)));
        NameServer server = open(SHORT, 1, List.of(nobody, upstream.address()))) {
      assertEquals("0 192.0.2.1", ask(server));
    }
  }

  @Test
  void whatCannotBeAskedIsRefused() {
    InetSocketAddress name = InetSocketAddress.createUnresolved("dns.example.org", 53);
    assertThrows(IllegalArgumentException.class, () -> UpstreamServers.of(List.of(name)));
    assertThrows(IllegalArgumentException.class, () -> new UpstreamServers(List.of(), LONG, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new UpstreamServers(List.of(), Duration.ZERO, 1));
  }

  /** A server that keeps 32 questions waiting for as long as a test wants. */
  private static FakeServer.Script held(CountDownLatch answers) {
    return asked -> {
      try {
        answers.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return List.of(right(asked));
    };
  }

  @Test
  void whatIsTooMuchFailsAndTheRestIsAnswered() throws Exception {
    var answers = new CountDownLatch(1);
    // 32 under way and 1,024 that wait; each connection has 32 questions at once.
    int connections = (32 + 1024) / 32;
    var sockets = new ArrayList<Socket>();
    try (var upstream = new FakeServer(held(answers));
        NameServer server = open(LONG, 1, upstream)) {
      for (int c = 0; c < connections; c++) {
        sockets.add(Asking.connect(server.address()));
        for (int i = 0; i < 32; i++) {
          Asking.send(sockets.getLast(), Asking.query(i, "n" + c + "-" + i + ".example.org", A));
        }
      }
      // Fails as soon as the others are there; each try takes a place until then.
      int more = 0;
      while (!failsAtOnce(server, "more" + more + ".example.org")) {
        more++;
      }
      answers.countDown();
      int answered = 0;
      for (Socket socket : sockets) {
        for (int i = 0; i < 32; i++) {
          answered += (Asking.receive(socket)[3] & 15) == 0 ? 1 : 0;
        }
      }
      assertTrue(answered + more >= 32 + 1024, answered + " and " + more);
      assertEquals("0 192.0.2.1", ask(server));
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static boolean failsAtOnce(NameServer server, String name) throws Exception {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(50);
      socket.connect(server.address());
      byte[] query = Asking.query(1, name, A);
      socket.send(new DatagramPacket(query, query.length));
      return (Asking.received(socket)[3] & 15) == DnsMessage.SERVER_FAILURE;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  @Test
  void allRunsTogetherHave256UnderWay() throws Exception {
    int runs = 10;
    int each = 40;
    var answers = new CountDownLatch(1);
    var servers = new ArrayList<NameServer>();
    var sockets = new ArrayList<Socket>();
    // Silent at first: what is under way stays so.
    FakeServer.Script script = asked -> answers.getCount() == 0 ? List.of(right(asked)) : List.of();
    try (var upstream = new FakeServer(script)) {
      for (int r = 0; r < runs; r++) {
        servers.add(open(Duration.ofSeconds(2), 5, upstream));
        for (int half = 0; half < 2; half++) {
          sockets.add(Asking.connect(servers.getLast().address()));
          for (int i = 0; i < each / 2; i++) {
            byte[] query = Asking.query(i, "r" + r + "-" + half + "-" + i + ".example.org", A);
            Asking.send(sockets.getLast(), query);
          }
        }
      }
      for (NameServer server : servers) {
        // Of a name that is not allowed; what came before it has been read by then.
        Asking.ask(server.address(), "example.net", A);
      }
      while (upstream.seen().size() < UpstreamTurns.MOST) {
        Thread.onSpinWait();
      }
      var names = new HashSet<>(upstream.seen());
      assertEquals(UpstreamTurns.MOST, names.size());
      // One run ends, and its places are for the others.
      servers.removeFirst().close();
      answers.countDown();
      for (Socket socket : sockets.subList(2, sockets.size())) {
        for (int i = 0; i < each / 2; i++) {
          assertEquals(0, Asking.receive(socket)[3] & 15);
        }
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
      servers.forEach(NameServer::close);
    }
  }
}
