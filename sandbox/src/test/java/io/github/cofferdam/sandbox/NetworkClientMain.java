package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Asks a server for what it has, by each way that Java has to a network, and prints what came of
 * each: a line with the name of the way, and what was read or thrown. To be run in a sandbox, by a
 * virtual machine that has nothing but this class.
 */
final class NetworkClientMain {
  private static final String REQUEST = "GET /hello HTTP/1.0\r\n\r\n";
  private static final int TIMEOUT = 60_000;

  /** After so many milliseconds, a datagram is taken for lost. */
  private static final int AGAIN = 1000;

  private NetworkClientMain() {}

  /**
   * Prints the lines.
   *
   * @param args the host, the port of its HTTP server, and that of a server which sends datagrams
   *     back
   */
  public static void main(String[] args) {
    String host = args[0];
    int port = Integer.parseInt(args[1]);
    int datagrams = Integer.parseInt(args[2]);
    URI page = URI.create("http://" + host + ":" + port + "/hello");
    print("InetAddress", () -> InetAddress.getByName(host).getHostAddress());
    print("HttpClient", () -> httpClient(page));
    print("HttpURLConnection", () -> httpUrlConnection(page));
    print("Socket", () -> socket(host, port));
    print("Socket of a virtual thread", () -> onVirtualThread(() -> socket(host, port)));
    print("SocketChannel", () -> socketChannel(host, port));
    print("SocketChannel, non-blocking", () -> nonBlocking(host, port));
    print("AsynchronousSocketChannel", () -> asynchronous(host, port));
    print("DatagramSocket", () -> datagramSocket(host, datagrams));
    print("DatagramSocket, connected", () -> connectedDatagramSocket(host, datagrams));
    print("DatagramChannel", () -> datagramChannel(host, datagrams));
    print("DatagramChannel, connected", () -> connectedDatagramChannel(host, datagrams));
  }

  private static void print(String way, Callable<String> work) {
    String result;
    try {
      result = work.call();
    } catch (ExecutionException e) {
      result = String.valueOf(e.getCause());
    } catch (Exception e) {
      // java.net.http has the reason as a cause, without words.
      result =
          e.getMessage() == null && e.getCause() != null ? e + " of " + e.getCause() : e.toString();
    }
    System.out.println(way + ": " + result.strip().lines().reduce("", (one, next) -> next));
  }

  private static String httpClient(URI page) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString()).body();
    }
  }

  private static String httpUrlConnection(URI page) throws IOException {
    var connection = (HttpURLConnection) page.toURL().openConnection(Proxy.NO_PROXY);
    try (InputStream in = connection.getInputStream()) {
      return text(in.readAllBytes());
    }
  }

  private static String socket(String host, int port) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), TIMEOUT);
      socket.getOutputStream().write(bytes(REQUEST));
      return text(socket.getInputStream().readAllBytes());
    }
  }

  private static String onVirtualThread(Callable<String> work) throws Exception {
    var task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task.get();
  }

  private static String socketChannel(String host, int port) throws IOException {
    try (var channel = SocketChannel.open(new InetSocketAddress(host, port))) {
      channel.write(ByteBuffer.wrap(bytes(REQUEST)));
      return text(channel.socket().getInputStream().readAllBytes());
    }
  }

  private static String nonBlocking(String host, int port) throws IOException {
    try (var selector = Selector.open();
        var channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      if (!channel.connect(new InetSocketAddress(host, port))) {
        selector.select(TIMEOUT);
        channel.finishConnect();
      }
      channel.write(ByteBuffer.wrap(bytes(REQUEST)));
      key.interestOps(SelectionKey.OP_READ);
      ByteBuffer read = ByteBuffer.allocate(4096);
      do {
        selector.select(TIMEOUT);
      } while (channel.read(read) >= 0);
      return text(read);
    }
  }

  private static String asynchronous(String host, int port) throws Exception {
    try (var channel = AsynchronousSocketChannel.open()) {
      channel.connect(new InetSocketAddress(host, port)).get();
      channel.write(ByteBuffer.wrap(bytes(REQUEST))).get();
      ByteBuffer read = ByteBuffer.allocate(4096);
      int last;
      do {
        last = channel.read(read).get();
      } while (last >= 0);
      return text(read);
    }
  }

  private static String datagramSocket(String host, int port) throws IOException {
    try (var socket = new DatagramSocket()) {
      InetAddress address = InetAddress.getByName(host);
      byte[] data = bytes("datagram");
      return exchange(socket, new DatagramPacket(data, data.length, address, port));
    }
  }

  private static String connectedDatagramSocket(String host, int port) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port));
      byte[] data = bytes("datagram");
      return exchange(socket, new DatagramPacket(data, data.length));
    }
  }

  /** A host that has much to do loses datagrams, its own too. */
  private static String exchange(DatagramSocket socket, DatagramPacket packet) throws IOException {
    socket.setSoTimeout(AGAIN);
    var received = new DatagramPacket(new byte[100], 100);
    while (true) {
      socket.send(packet);
      try {
        socket.receive(received);
        return new String(received.getData(), 0, received.getLength(), StandardCharsets.UTF_8);
      } catch (SocketTimeoutException e) {
        // Once more.
      }
    }
  }

  private static String datagramChannel(String host, int port) throws IOException {
    try (var selector = Selector.open();
        var channel = DatagramChannel.open()) {
      var to = new InetSocketAddress(InetAddress.getByName(host), port);
      // The first of them by a channel that blocks.
      channel.send(ByteBuffer.wrap(bytes("datagram")), to);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      while (selector.select(AGAIN) == 0) {
        channel.send(ByteBuffer.wrap(bytes("datagram")), to);
      }
      ByteBuffer read = ByteBuffer.allocate(100);
      return to.equals(channel.receive(read)) ? text(read) : "from somebody else";
    }
  }

  private static String connectedDatagramChannel(String host, int port) throws IOException {
    try (var selector = Selector.open();
        var channel = DatagramChannel.open()) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      channel.connect(new InetSocketAddress(InetAddress.getByName(host), port));
      do {
        channel.write(ByteBuffer.wrap(bytes("datagram")));
      } while (selector.select(AGAIN) == 0);
      ByteBuffer read = ByteBuffer.allocate(100);
      channel.read(read);
      return text(read);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer read) {
    return StandardCharsets.UTF_8.decode(read.flip()).toString();
  }
}
