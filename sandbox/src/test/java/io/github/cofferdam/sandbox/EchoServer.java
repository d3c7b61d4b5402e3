package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP server on 127.0.0.1 that sends back what it gets, to thousands at once, with one thread. It
 * counts, and ends with its thread.
 */
final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 4096;

  private final ServerSocketChannel server;
  private final Selector selector;
  private final Thread thread;
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();
  private final AtomicInteger accepted = new AtomicInteger();

  private EchoServer(ServerSocketChannel server, Selector selector) {
    this.server = server;
    this.selector = selector;
    thread = Thread.ofPlatform().daemon().name("test-echo").unstarted(this::serve);
  }

  static EchoServer start() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    channel.bind(new InetSocketAddress(loopback, 0), BACKLOG).configureBlocking(false);
    var echo = new EchoServer(channel, Selector.open());
    channel.register(echo.selector, SelectionKey.OP_ACCEPT);
    echo.thread.start();
    return echo;
  }

  int port() {
    return server.socket().getLocalPort();
  }

  /** {@return how many connections there were so far} */
  int accepted() {
    return accepted.get();
  }

  private void serve() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 12);
    try {
      while (server.isOpen()) {
        selector.select(key -> ready(key, buffer));
      }
      end.complete(true);
    } catch (IOException | RuntimeException | Error e) {
      end.completeExceptionally(e);
    }
  }

  private void ready(SelectionKey key, ByteBuffer buffer) {
    if (key.channel() instanceof SocketChannel connection) {
      echo(connection, buffer.clear());
      return;
    }
    try {
      SocketChannel connection = server.accept();
      if (connection != null) {
        connection.configureBlocking(false);
        connection.register(selector, SelectionKey.OP_READ);
        accepted.incrementAndGet();
      }
    } catch (IOException e) {
      // The client has looked away, or this is the end.
    }
  }

  /** What comes is short, and is sent at once. */
  private static void echo(SocketChannel connection, ByteBuffer buffer) {
    try {
      if (connection.read(buffer) >= 0) {
        connection.write(buffer.flip());
      } else {
        connection.close();
      }
    } catch (IOException e) {
      closeReset(connection);
    }
  }

  private static void closeReset(SocketChannel connection) {
    try {
      connection.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Fails if the server has. */
  @Override
  public void close() throws IOException {
    server.close();
    selector.wakeup();
    try {
      end.join();
    } catch (CompletionException e) {
      throw new IOException("the server has failed", e.getCause());
    } finally {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    }
  }
}
