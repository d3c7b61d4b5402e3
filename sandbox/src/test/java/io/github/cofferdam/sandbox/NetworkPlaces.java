package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Servers of a test's own on this host, of TCP and of UDP. Behind one port at 127.0.0.1 and ::1
 * those that a policy allows, which send back what they get; and those that it does not, which
 * count what arrives: behind the same port at 127.0.0.2, and behind another at all addresses.
 */
final class NetworkPlaces implements AutoCloseable {
  private static final int TRIES = 50;
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;
  private static final int LONGEST = 65_536;
  private static final List<String> ALLOWED = List.of("127.0.0.1", "::1");
  private static final String SECOND = "127.0.0.2";

  private final List<AutoCloseable> servers = new ArrayList<>();

  /** Ports of the test itself, which look whether all has arrived. */
  private final Set<Integer> own = ConcurrentHashMap.newKeySet();

  private final Semaphore ownArrived = new Semaphore(0);
  private final AtomicLong streams = new AtomicLong();
  private final AtomicLong datagrams = new AtomicLong();
  private final AtomicLong arrived = new AtomicLong();
  private final int allowed;
  private final int forbidden;

  private NetworkPlaces() throws IOException {
    allowed =
        port(port -> {
          for (String address : ALLOWED) {
            echoStreams(address, port);
            echoDatagrams(address, port);
          }
          count(SECOND, port);
        });
    forbidden = port(port -> count("::", port));
  }

  /** Skips a test where this host has no IPv6. */
  static NetworkPlaces open() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "this host has no IPv6");
    return new NetworkPlaces();
  }

  /** {@return the port of the servers that are allowed} */
  int allowed() {
    return allowed;
  }

  /** {@return the port of those that are not} */
  int forbidden() {
    return forbidden;
  }

  /** {@return a policy that allows those servers} */
  Policy policy(Isolation isolation) {
    return policy(isolation, network());
  }

  static Policy policy(Isolation isolation, Network network) {
    return Sandboxed.readonly().isolation(isolation).network(network).build();
  }

  /** {@return what such a policy has of the network} */
  Network network() {
    return Network.DEFAULT.withAllow(
        List.of(NetworkRule.parse("127.0.0.1:" + allowed), NetworkRule.parse("[::1]:" + allowed)));
  }

  /** {@return how many connections and datagrams the allowed servers had} */
  long served() {
    return servedStreams() + servedDatagrams();
  }

  long servedStreams() {
    return streams.get();
  }

  long servedDatagrams() {
    return datagrams.get();
  }

  /** Not one packet has come to where none may come, when all that were sent are there. */
  void assertNothingArrived() throws IOException, InterruptedException {
    assertEquals(0, arrived());
  }

  /** {@return how many did} */
  long arrived() throws IOException, InterruptedException {
    knock(new InetSocketAddress(SECOND, allowed));
    knock(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), forbidden));
    knock(new InetSocketAddress(InetAddress.getByAddress(loopback6()), forbidden));
    return arrived.get();
  }

  /** Counts anew. */
  void forget() {
    arrived.set(0);
  }

  /** What comes after all else is counted after all else. */
  private void knock(InetSocketAddress at) throws IOException, InterruptedException {
    try (var socket = new Socket();
        var datagrams = new DatagramSocket()) {
      socket.bind(new InetSocketAddress(0));
      own.add(socket.getLocalPort());
      own.add(datagrams.getLocalPort());
      socket.connect(at);
      datagrams.send(new DatagramPacket(new byte[1], 1, at));
      ownArrived.acquire(2);
    }
  }

  private void arrive(int port) {
    if (own.contains(port)) {
      ownArrived.release();
    } else {
      arrived.incrementAndGet();
    }
  }

  /** Servers behind a port. */
  private interface Servers {
    void open(int port) throws IOException;
  }

  /** Below those that the kernel gives to others meanwhile. */
  private int port(Servers some) throws IOException {
    for (int i = 1; ; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      int before = servers.size();
      try {
        some.open(port);
        return port;
      } catch (BindException e) {
        close(before);
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  private <T extends AutoCloseable> T keep(T server) {
    servers.add(server);
    return server;
  }

  private ServerSocket listen(String address, int port) throws IOException {
    return keep(new ServerSocket(port, 1024, InetAddress.getByName(address)));
  }

  private DatagramSocket receive(String address, int port) throws IOException {
    DatagramSocket socket = keep(new DatagramSocket(new InetSocketAddress(address, port)));
    socket.setReceiveBufferSize(1 << 22);
    return socket;
  }

  private void echoStreams(String address, int port) throws IOException {
    ServerSocket server = listen(address, port);
    serve(() -> {
      Socket one = server.accept();
      streams.incrementAndGet();
      Thread.ofVirtual().start(() -> echo(one));
    });
  }

  private static void echo(Socket one) {
    try (one) {
      one.getInputStream().transferTo(one.getOutputStream());
    } catch (IOException e) {
      // The program has ended its connection otherwise.
    }
  }

  private void echoDatagrams(String address, int port) throws IOException {
    DatagramSocket socket = receive(address, port);
    var packet = new DatagramPacket(new byte[LONGEST], LONGEST);
    serve(() -> {
      packet.setLength(LONGEST);
      socket.receive(packet);
      datagrams.incrementAndGet();
      socket.send(packet);
    });
  }

  private void count(String address, int port) throws IOException {
    ServerSocket server = listen(address, port);
    DatagramSocket socket = receive(address, port);
    var packet = new DatagramPacket(new byte[LONGEST], LONGEST);
    serve(() -> {
      try (Socket one = server.accept()) {
        arrive(one.getPort());
      }
    });
    serve(() -> {
      packet.setLength(LONGEST);
      socket.receive(packet);
      arrive(packet.getPort());
    });
  }

  /** One turn of a server. */
  private interface Turn {
    void run() throws IOException;
  }

  private static void serve(Turn turn) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              turn.run();
            }
          } catch (SocketException e) {
            // The test has ended.
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private void close(int left) throws IOException {
    while (servers.size() > left) {
      try {
        servers.removeLast().close();
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    close(0);
  }

  /** ::1. */
  private static byte[] loopback6() {
    byte[] bytes = new byte[16];
    bytes[15] = 1;
    return bytes;
  }
}
