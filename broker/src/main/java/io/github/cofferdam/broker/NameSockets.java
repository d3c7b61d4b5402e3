package io.github.cofferdam.broker;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;

/**
 * Two sockets at the same port of 127.0.0.1, which the kernel chooses.
 *
 * @param datagrams does not block
 * @param streams does not block
 * @param address of both
 */
record NameSockets(
    DatagramChannel datagrams, ServerSocketChannel streams, InetSocketAddress address)
    implements AutoCloseable {
  /** Somebody else may have the one that was chosen for the first, but not again and again. */
  private static final int MOST_TRIES = 100;

  private static final int RECEIVED = 1024 * 1024;

  /**
   * {@return two new ones}
   *
   * @param at the address of both, one of this host
   * @throws IOException if there are no more ports or descriptors
   */
  static NameSockets bind(InetAddress at) throws IOException {
    BindException last = new BindException("no port is free");
    for (int i = 0; i < MOST_TRIES; i++) {
      try {
        return bindOnce(at);
      } catch (BindException e) {
        last = e;
      }
    }
    throw last;
  }

  private static NameSockets bindOnce(InetAddress at) throws IOException {
    DatagramChannel datagrams = DatagramChannel.open(StandardProtocolFamily.INET);
    ServerSocketChannel streams = null;
    boolean bound = false;
    try {
      streams = ServerSocketChannel.open(StandardProtocolFamily.INET);
      datagrams.configureBlocking(false);
      streams.configureBlocking(false);
      // As much as the host lets it have: programs may ask for hundreds of names at once.
      datagrams.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVED);
      datagrams.bind(new InetSocketAddress(at, 0));
      var address = (InetSocketAddress) datagrams.getLocalAddress();
      streams.bind(address);
      bound = true;
      return new NameSockets(datagrams, streams, address);
    } finally {
      if (!bound) {
        datagrams.close();
        if (streams != null) {
          streams.close();
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (datagrams) {
      streams.close();
    }
  }
}
