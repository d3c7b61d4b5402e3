package io.github.cofferdam.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A server whose queue is full: the kernel drops what comes, and whoever connects tries again and
 * again.
 */
final class FullServer implements AutoCloseable {
  private final ServerSocketChannel server;
  private final List<SocketChannel> clients = new ArrayList<>();
  private final List<SocketChannel> accepted = new ArrayList<>();

  private FullServer(ServerSocketChannel server) {
    this.server = server;
  }

  static FullServer open() throws IOException {
    var full = new FullServer(ServerSocketChannel.open());
    full.server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    full.server.configureBlocking(false);
    full.fill();
    return full;
  }

  private void fill() throws IOException {
    boolean taken = true;
    while (taken) {
      SocketChannel client = SocketChannel.open();
      clients.add(client);
      client.configureBlocking(false);
      client.connect(server.getLocalAddress());
      try (Selector selector = Selector.open()) {
        SelectionKey key = client.register(selector, SelectionKey.OP_CONNECT);
        selector.select(200);
        taken = key.isConnectable() && client.finishConnect();
      }
    }
  }

  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  /** Takes from now on whoever waits, as long as this is open. */
  void makeRoom() {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            while (server.isOpen()) {
              SocketChannel one = server.accept();
              if (one == null) {
                Thread.sleep(5);
              } else {
                keep(one);
              }
            }
          } catch (IOException | InterruptedException e) {
            // The test is over.
          }
        });
  }

  private synchronized void keep(SocketChannel one) {
    accepted.add(one);
  }

  /** {@return how many came in so far} */
  synchronized int accepted() {
    return accepted.size();
  }

  @Override
  public synchronized void close() throws IOException {
    server.close();
    for (SocketChannel one : accepted) {
      one.close();
    }
    for (SocketChannel one : clients) {
      one.close();
    }
  }
}
