package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A server that accepts nothing and has no room for more: whoever connects waits. */
final class StalledServer implements AutoCloseable {
  /** More than have room, by listen(2) one more than was asked for. */
  private static final int FILL = 8;

  private final ServerSocket server;
  private final List<SocketChannel> fill = new ArrayList<>();

  private StalledServer() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  static StalledServer open() throws IOException {
    var stalled = new StalledServer();
    for (int i = 0; i < FILL; i++) {
      SocketChannel one = SocketChannel.open();
      one.configureBlocking(false);
      stalled.fill.add(one);
      one.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), stalled.port()));
    }
    return stalled;
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel one : fill) {
      one.close();
    }
    server.close();
  }
}
