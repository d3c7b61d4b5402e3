package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run's programs are told, and what of it leaves this host. */
class NameServerTest {
  private static final int A = DnsMessage.A;
  private static final int AAAA = DnsMessage.AAAA;
  private static final Duration IDLE = Duration.ofMinutes(5);

  private final PinnedNames pinned = new PinnedNames();
  private final AtomicLong now = new AtomicLong();

  private NameServer open(Names names, FakeServer upstream) throws IOException {
    return open(names, upstream, IDLE);
  }

  private NameServer open(Names names, FakeServer upstream, Duration idle) throws IOException {
    return NameServer.open(
        InetAddress.getLoopbackAddress(),
        names,
        pinned,
        HostsFile.of(List.of("192.0.2.80 hosts.example.org", "10.0.0.8 inside.example.org")),
        new UpstreamServers(List.of(upstream.address()), Duration.ofSeconds(30), 1),
        idle,
        now::get);
  }

  /** Every name has 192.0.2.1 and 2001:db8::1, for a minute. */
  private static List<byte[]> always(FakeServer.Asked asked) throws IOException {
    String address = asked.type() == A ? "192.0.2.1" : "2001:db8::1";
    return List.of(FakeServer.response(asked, 0, FakeServer.address(asked.name(), 60, address)));
  }

  private static String ask(NameServer server, String name, int type) throws Exception {
    return Asking.ask(server.address(), name, type).text();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  @Test
  void allowedNamesHaveAddresses() throws Exception {
    var names = new AllowedNames("www.example.org", "*.wild.example.org");
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(names, upstream)) {
      assertTrue(server.address().getAddress().isLoopbackAddress());
      assertEquals("0 192.0.2.1", ask(server, "www.example.org", A));
      assertEquals("0 2001:db8::1", ask(server, "www.example.org", AAAA));
      assertEquals("0 192.0.2.1", ask(server, "a.b.wild.example.org", A));
      assertEquals(
          List.of("www.example.org 1", "www.example.org 28", "a.b.wild.example.org 1"),
          upstream.seen());
      assertEquals(List.of(), names.refused());
      assertEquals(
          List.of("www.example.org", "a.b.wild.example.org"), pinned.namesOf(address("192.0.2.1")));
    }
  }

  @Test
  void theSpellingOfAQuestionComesBack() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("www.example.org"), upstream)) {
      byte[] query = Asking.query(1, "wWw.EXAMPLE.org", A);
      byte[] reply = Asking.exchange(server.address(), query);
      assertArrayEquals(
          Arrays.copyOfRange(query, 12, query.length), Arrays.copyOfRange(reply, 12, query.length));
      assertEquals(List.of("www.example.org"), pinned.namesOf(address("192.0.2.1")));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org",
        "other.example.org",
        "www.example.org.evil.example",
        "xwww.example.org",
        "secret-0123456789.evil.example",
        "wild.example.org",
        "localhost"
      })
  void otherNamesAreNotThereAndStayHere(String name) throws Exception {
    var names = new AllowedNames("www.example.org", "*.wild.example.org");
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(names, upstream)) {
      assertEquals("3 ", ask(server, name, A));
      assertEquals("3 ", ask(server, name, AAAA));
      byte[] text = Asking.exchange(server.address(), Asking.query(1, name, 16));
      assertEquals(DnsMessage.NO_SUCH_NAME, text[3] & 15);
      assertEquals(List.of(name, name, name), names.refused());
      assertEquals(List.of(), upstream.seen());
    }
  }

  @Test
  void aNameOfStrangeBytesStaysHere() throws Exception {
    var names = new AllowedNames("*");
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(names, upstream)) {
      byte[] query = Asking.query(1, "a.www.example.org", A);
      // One label, with a dot in it.
      byte[] dotted = query.clone();
      dotted[12] = 5;
      dotted[14] = '.';
      assertEquals(DnsMessage.NO_SUCH_NAME, Asking.exchange(server.address(), dotted)[3] & 15);
      assertEquals(List.of("a\\046www.example.org"), names.refused());
      assertEquals(List.of(), upstream.seen());
    }
  }

  /** TXT, MX, SRV, HTTPS, SVCB, PTR, CNAME, NS, SOA, DNSKEY, AXFR, ANY. */
  @ParameterizedTest
  @ValueSource(ints = {16, 15, 33, 65, 64, 12, 5, 2, 6, 48, 252, 255})
  void otherRecordsAreNoneAndStayHere(int type) throws Exception {
    var names = new AllowedNames("www.example.org");
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(names, upstream)) {
      byte[] reply = Asking.exchange(server.address(), Asking.query(77, "www.example.org", type));
      assertEquals(DnsMessage.NO_ERROR, reply[3] & 15);
      assertEquals(0, reply[7]);
      assertEquals(List.of(), upstream.seen());
      assertEquals(List.of(), names.refused());
    }
  }

  @Test
  void addressesThatMayNotBeHadAreLeftOut() throws Exception {
    var names = new AllowedNames("*.example.org");
    FakeServer.Script script =
        asked ->
            List.of(
                asked.name().startsWith("some")
                    ? FakeServer.response(
                        asked,
                        0,
                        FakeServer.alias(asked.name(), 60, "cdn.example.net"),
                        FakeServer.address("cdn.example.net", 60, "10.1.2.3"),
                        FakeServer.address("cdn.example.net", 60, "192.0.2.7"),
                        FakeServer.address("cdn.example.net", 60, "169.254.169.254"))
                    : FakeServer.response(
                        asked,
                        0,
                        FakeServer.alias(asked.name(), 60, "cdn.example.net"),
                        FakeServer.address("cdn.example.net", 60, "::ffff:127.0.0.1"),
                        FakeServer.address("cdn.example.net", 60, "64:ff9b::a00:1")));
    try (var upstream = new FakeServer(script);
        NameServer server = open(names, upstream)) {
      Asking.Reply some = Asking.ask(server.address(), "some.example.org", A);
      assertEquals("0 192.0.2.7", some.text());
      assertEquals(List.of(DnsName.of("cdn.example.net")), some.answer().aliases());
      Asking.Reply none = Asking.ask(server.address(), "none.example.org", AAAA);
      assertEquals("0 ", none.text());
      // Nothing that would have a client ask for it.
      assertEquals(0, none.records());
      assertEquals(
          List.of("some.example.org 10.1.2.3", "some.example.org 169.254.169.254"),
          names.refused().subList(0, 2));
      assertEquals("none.example.org 64:ff9b::a00:1", names.refused().getLast());
      assertEquals(List.of(), pinned.namesOf(address("10.1.2.3")));
      assertEquals(List.of("some.example.org"), pinned.namesOf(address("192.0.2.7")));
    }
  }

  @Test
  void theHostsOwnNamesComeFirst() throws Exception {
    var names = new AllowedNames("*.example.org", "localhost", "*.localhost");
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(names, upstream)) {
      assertEquals("0 192.0.2.80", ask(server, "hosts.example.org", A));
      assertEquals("0 ", ask(server, "hosts.example.org", AAAA));
      assertEquals("0 ", ask(server, "inside.example.org", A));
      // These are loopback, which these names may not have.
      assertEquals("0 ", ask(server, "localhost", A));
      assertEquals("0 ", ask(server, "a.b.LOCALHOST", AAAA));
      assertEquals(
          List.of("inside.example.org 10.0.0.8", "localhost 127.0.0.1", "a.b.localhost ::1"),
          names.refused());
      assertEquals(List.of(), upstream.seen());
    }
  }

  @Test
  void anAddressIsPinnedBeforeItIsTold() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("*.example.org"), upstream)) {
      for (int i = 0; i < 200; i++) {
        String name = "n" + i + ".example.org";
        assertEquals("0 192.0.2.1", ask(server, name, A));
        assertEquals(name, pinned.namesOf(address("192.0.2.1")).getLast());
      }
    }
  }

  @Test
  void anotherAddressTakesNothingFromTheFirst() throws Exception {
    var next = new AtomicInteger();
    FakeServer.Script script =
        asked ->
            List.of(
                FakeServer.response(
                    asked,
                    0,
                    FakeServer.address(asked.name(), 1, "192.0.2." + next.incrementAndGet())));
    try (var upstream = new FakeServer(script);
        NameServer server = open(new AllowedNames("www.example.org"), upstream)) {
      assertEquals("0 192.0.2.1", ask(server, "www.example.org", A));
      now.addAndGet(Duration.ofSeconds(2).toNanos());
      assertEquals("0 192.0.2.2", ask(server, "www.example.org", A));
      assertEquals(List.of("www.example.org"), pinned.namesOf(address("192.0.2.1")));
      assertEquals(List.of("www.example.org"), pinned.namesOf(address("192.0.2.2")));
    }
  }

  @Test
  void answersAreKeptForTheirTime() throws Exception {
    FakeServer.Script script =
        asked ->
            asked.name().startsWith("no")
                ? List.of(FakeServer.response(asked, 3))
                : List.of(
                    FakeServer.response(
                        asked,
                        0,
                        FakeServer.address(
                            asked.name(), asked.name().startsWith("zero") ? 0 : 60, "192.0.2.1")));
    try (var upstream = new FakeServer(script);
        NameServer server = open(new AllowedNames("*.example.org"), upstream)) {
      assertEquals(60, Asking.ask(server.address(), "www.example.org", A).answer().seconds());
      now.addAndGet(Duration.ofSeconds(59).toNanos());
      assertEquals(1, Asking.ask(server.address(), "www.example.org", A).answer().seconds());
      assertEquals(1, upstream.seen().size());
      now.addAndGet(Duration.ofSeconds(1).toNanos());
      assertEquals(60, Asking.ask(server.address(), "www.example.org", A).answer().seconds());
      assertEquals(2, upstream.seen().size());

      assertEquals("3 ", ask(server, "no.example.org", A));
      now.addAndGet(Duration.ofMillis(4999).toNanos());
      assertEquals("3 ", ask(server, "no.example.org", A));
      assertEquals(3, upstream.seen().size());
      now.addAndGet(Duration.ofMillis(1).toNanos());
      assertEquals("3 ", ask(server, "no.example.org", A));
      assertEquals(4, upstream.seen().size());

      assertEquals("0 192.0.2.1", ask(server, "zero.example.org", A));
      assertEquals("0 192.0.2.1", ask(server, "zero.example.org", A));
      assertEquals(6, upstream.seen().size());
    }
  }

  @Test
  void manyQuestionsAtOnceAreAnswered() throws Exception {
    int count = 500;
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("*.example.org"), upstream);
        var socket = new DatagramSocket()) {
      socket.setReceiveBufferSize(1 << 20);
      socket.setSoTimeout(500);
      socket.connect(server.address());
      Set<Integer> open = new HashSet<>();
      for (int i = 0; i < count; i++) {
        open.add(i);
      }
      // Datagrams may be lost where there are many: a client asks again.
      for (int round = 0; round < 100 && !open.isEmpty(); round++) {
        for (int i : List.copyOf(open)) {
          byte[] query = Asking.query(i, "n" + i + ".example.org", A);
          socket.send(new DatagramPacket(query, query.length));
        }
        receiveAll(socket, open);
      }
      assertEquals(Set.of(), open);
      assertEquals(count, new HashSet<>(upstream.seen()).size());
    }
  }

  private static void receiveAll(DatagramSocket socket, Set<Integer> open) throws Exception {
    try {
      while (!open.isEmpty()) {
        byte[] reply = Asking.received(socket);
        int id = DnsQuery.id(reply);
        byte[] query = Asking.query(id, "n" + id + ".example.org", A);
        assertEquals("0 192.0.2.1", Asking.reply(query, reply, A).text());
        open.remove(id);
      }
    } catch (SocketTimeoutException e) {
      // Those are asked again.
    }
  }

  @Test
  void theSameQuestionIsAskedOnce() throws Exception {
    int count = 50;
    var asked = new CountDownLatch(1);
    FakeServer.Script script =
        one -> {
          try {
            asked.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          return always(one);
        };
    try (var upstream = new FakeServer(script);
        NameServer server = open(new AllowedNames("www.example.org"), upstream);
        Socket socket = Asking.connect(server.address());
        Socket other = Asking.connect(server.address())) {
      for (int i = 0; i < count / 2; i++) {
        Asking.send(socket, Asking.query(i, "www.example.org", A));
        Asking.send(other, Asking.query(i, "WWW.example.org", A));
      }
      // By then all that came before was read.
      assertEquals("0 ", ask(server, "www.example.org", 2));
      asked.countDown();
      for (int i = 0; i < count / 2; i++) {
        byte[] reply = Asking.receive(socket);
        byte[] query = Asking.query(DnsQuery.id(reply), "www.example.org", A);
        assertEquals("0 192.0.2.1", Asking.reply(query, reply, A).text());
        Asking.receive(other);
      }
      assertEquals(1, upstream.seen().size());
    }
  }

  @Test
  void garbageIsRefusedOrPassedOver() throws Exception {
    var random = new Random(16);
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("www.example.org"), upstream);
        var socket = new DatagramSocket()) {
      socket.connect(server.address());
      for (int i = 0; i < 2000; i++) {
        byte[] garbage = new byte[random.nextInt(600)];
        random.nextBytes(garbage);
        socket.send(new DatagramPacket(garbage, garbage.length));
      }
      byte[] longest = new byte[60_000];
      socket.send(new DatagramPacket(longest, longest.length));
      byte[] cut = Arrays.copyOf(Asking.query(5, "www.example.org", A), 20);
      // What comes while there is no room is lost, as it is for any client.
      Asking.exchangeAgain(server.address(), cut);
      assertEquals("0 192.0.2.1", ask(server, "www.example.org", A));
      assertArrayEquals(
          DnsMessage.error(5, DnsMessage.FORMAT_ERROR), Asking.exchange(server.address(), cut));
      assertEquals(List.of("www.example.org 1"), upstream.seen());
    }
  }

  @Test
  void extensionsAreAnswered() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("www.example.org"), upstream)) {
      byte[] query = Asking.query(1, "www.example.org", A);
      byte[] extended = Asking.exchange(server.address(), Asking.extended(query, 4096, 0));
      assertEquals(1, extended[11]);
      assertEquals("0 192.0.2.1", Asking.reply(query, extended, A).text());
      byte[] newer = Asking.exchange(server.address(), Asking.extended(query, 4096, 1));
      // BADVERS is 1 in the extension and 0 in the header.
      assertEquals(0, newer[3] & 15);
      assertEquals(1, newer[newer.length - 6]);
      assertEquals(0, newer[7]);
    }
  }

  /** 40 addresses have room in a stream, not in a datagram of 512 bytes. */
  private static List<byte[]> many(FakeServer.Asked asked) throws IOException {
    byte[][] records = new byte[40][];
    for (int i = 0; i < records.length; i++) {
      records[i] = FakeServer.address(asked.name(), 60, "192.0.2." + i);
    }
    return List.of(FakeServer.response(asked, 0, records));
  }

  @Test
  void whatHasNoRoomComesByStream() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::many);
        NameServer server = open(new AllowedNames("www.example.org"), upstream);
        Socket socket = Asking.connect(server.address())) {
      Asking.Reply less = Asking.ask(server.address(), "www.example.org", A);
      assertTrue(less.answer().truncated());
      assertTrue(less.length() <= 512);
      assertEquals(29, less.answer().addresses().size());
      byte[] query = Asking.query(1, "www.example.org", A);
      byte[] datagram = Asking.exchange(server.address(), Asking.extended(query, 1232, 0));
      assertEquals(40, Asking.reply(query, datagram, A).answer().addresses().size());
      Asking.send(socket, query);
      Asking.Reply all = Asking.reply(query, Asking.receive(socket), A);
      assertEquals(40, all.answer().addresses().size());
      assertEquals(false, all.answer().truncated());
    }
  }

  @Test
  void aSlowClientIsAnsweredByteByByte() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("*.example.org"), upstream);
        Socket socket = Asking.connect(server.address())) {
      for (int i = 0; i < 3; i++) {
        byte[] query = Asking.query(i, "n" + i + ".example.org", A);
        for (byte each : Asking.framed(query)) {
          socket.getOutputStream().write(each);
          socket.getOutputStream().flush();
        }
        assertEquals("0 192.0.2.1", Asking.reply(query, Asking.receive(socket), A).text());
      }
      // Its half is ended; it still has its answer.
      byte[] query = Asking.query(9, "last.example.org", A);
      Asking.send(socket, query);
      socket.shutdownOutput();
      assertEquals("0 192.0.2.1", Asking.reply(query, Asking.receive(socket), A).text());
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  void aConnectionThatAsksNothingIsClosed() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server =
            open(new AllowedNames("www.example.org"), upstream, Duration.ofMillis(100));
        Socket silent = Asking.connect(server.address());
        Socket half = Asking.connect(server.address());
        Socket wrong = Asking.connect(server.address())) {
      half.getOutputStream().write(new byte[] {0, 40, 1, 2, 3});
      assertEquals(-1, silent.getInputStream().read());
      assertEquals(-1, half.getInputStream().read());
      // Not even a question.
      Asking.send(wrong, new byte[5]);
      assertEquals(-1, ended(wrong));
    }
  }

  private static int ended(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException e) {
      return -1;
    }
  }

  @Test
  void aClientThatTakesNoAnswersIsClosedAndDelaysNobody() throws Exception {
    try (var upstream = new FakeServer(NameServerTest::many);
        NameServer server =
            open(new AllowedNames("www.example.org"), upstream, Duration.ofMillis(300));
        Socket greedy = Asking.connect(server.address())) {
      byte[] query = Asking.framed(Asking.query(1, "www.example.org", A));
      assertThrows(
          IOException.class,
          () -> {
            while (true) {
              greedy.getOutputStream().write(query);
            }
          });
      assertTrue(Asking.ask(server.address(), "www.example.org", A).answer().truncated());
    }
  }

  @Test
  void moreThan64ConnectionsWaitForTheirTurn() throws Exception {
    var sockets = new ArrayList<Socket>();
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(new AllowedNames("www.example.org"), upstream)) {
      byte[] query = Asking.query(1, "www.example.org", A);
      for (int i = 0; i < 64; i++) {
        sockets.add(Asking.connect(server.address()));
        Asking.send(sockets.getLast(), query);
        Asking.receive(sockets.getLast());
      }
      Socket last = Asking.connect(server.address());
      sockets.add(last);
      Asking.send(last, query);
      last.setSoTimeout(100);
      assertThrows(SocketTimeoutException.class, () -> Asking.receive(last));
      last.setSoTimeout(60_000);
      sockets.getFirst().close();
      assertEquals("0 192.0.2.1", Asking.reply(query, Asking.receive(last), A).text());
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void whatIsClosedAnswersNoMore() throws Exception {
    var names = new AllowedNames("www.example.org");
    try (var upstream = new FakeServer(asked -> List.of());
        NameServer other = open(names, upstream)) {
      NameServer server = open(names, upstream);
      var address = server.address();
      try (Socket socket = Asking.connect(address)) {
        Asking.send(socket, Asking.query(1, "www.example.org", A));
        while (upstream.seen().isEmpty()) {
          Thread.onSpinWait();
        }
        server.close();
        server.close();
        assertEquals(-1, ended(socket));
      }
      assertThrows(IOException.class, () -> Asking.connect(address).close());
      // Both of its ports are free.
      new DatagramSocket(address).close();
      new ServerSocket(address.getPort(), 1, address.getAddress()).close();
      assertNotEquals(address, other.address());
      assertEquals("3 ", ask(other, "other.example.org", A));
    }
  }

  @Test
  void eachRunHasItsOwnNames() throws Exception {
    var servers = new ArrayList<NameServer>();
    try (var upstream = new FakeServer(NameServerTest::always)) {
      for (int i = 0; i < 50; i++) {
        servers.add(open(new AllowedNames("n" + i + ".example.org"), upstream));
      }
      for (int i = 0; i < 50; i++) {
        assertEquals("0 192.0.2.1", ask(servers.get(i), "n" + i + ".example.org", A));
        assertEquals("3 ", ask(servers.get((i + 1) % 50), "n" + i + ".example.org", A));
      }
      long threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("cofferdam-names"))
              .count();
      assertEquals(1, threads);
    } finally {
      servers.forEach(NameServer::close);
    }
  }

  @Test
  void whatGoesWrongForOneNameLeavesTheOthers() throws Exception {
    var names =
        new Names() {
          @Override
          public boolean mayAsk(String name) {
            if (name.startsWith("wrong")) {
              throw new IllegalStateException("a test of what is logged: " + name);
            }
            return true;
          }

          @Override
          public boolean mayHave(String name, IpAddress address) {
            return true;
          }

          @Override
          public void refused(String name, Optional<IpAddress> address) {}
        };
    try (var upstream = new FakeServer(NameServerTest::always);
        NameServer server = open(names, upstream);
        var socket = new DatagramSocket()) {
      byte[] wrong = Asking.query(1, "wrong.example.org", A);
      socket.send(new DatagramPacket(wrong, wrong.length, server.address()));
      assertEquals("0 192.0.2.1", ask(server, "www.example.org", A));
      assertEquals("0 127.0.0.1", ask(server, "localhost", A));
      assertEquals(List.of("www.example.org 1"), upstream.seen());
    }
  }
}
