package io.github.cofferdam.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * A TCP server on the loopback that reads each connection to its end and then closes it, one after
 * the other. Closed, it ends with its thread.
 */
final class SinkServer implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final int BUFFER = 1 << 18;

  private final ServerSocketChannel server;
  private final Thread thread;

  private SinkServer(ServerSocketChannel server) {
    this.server = server;
    thread = Thread.ofPlatform().daemon().name("cofferdam-bench-sink").unstarted(this::serve);
  }

  /** Starts one at a port that is free. */
  static SinkServer start() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.bind(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    var sink = new SinkServer(channel);
    sink.thread.start();
    return sink;
  }

  /** {@return the port of 127.0.0.1 where it is} */
  int port() {
    return server.socket().getLocalPort();
  }

  private void serve() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    while (server.isOpen()) {
      try (SocketChannel connection = server.accept()) {
        while (connection.read(buffer.clear()) >= 0) {
          // What it was does not matter.
        }
      } catch (IOException e) {
        // A client that ends its connection by a reset; or the end of the server.
      }
    }
  }

  /** Ends the connection that is being read, too. */
  @Override
  public void close() throws IOException {
    server.close();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
