package io.github.cofferdam.broker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One question on its way through the servers of a run: a datagram to each in turn, and a stream to
 * one whose answer has no room in a datagram. Each try has a socket of its own, connected, so that
 * the kernel chooses a new port at random and drops what others send to it; and a random id. An
 * answer with another id or question is passed over (RFC 5452).
 */
final class UpstreamQuery implements AutoCloseable {
  /** Without an extension a server sends 512 bytes; some send more all the same. */
  private static final int DATAGRAM = 4096;

  /** So that somebody who sends without an end does not keep the thread. */
  private static final int AT_ONCE = 16;

  private static final int LENGTH = 2;

  private final SelectorThread thread;
  private final UpstreamServers servers;
  private final SecureRandom random;
  private final DnsQuestion question;
  private Consumer<Optional<DnsAnswer>> listener = answer -> {};
  private int tries;
  private int id;
  private @Nullable SelectableChannel channel;
  private SelectorThread.@Nullable Timer timer;
  private boolean ended;

  UpstreamQuery(
      SelectorThread thread, UpstreamServers servers, SecureRandom random, DnsQuestion question) {
    this.thread = thread;
    this.servers = servers;
    this.random = random;
    this.question = question;
  }

  /**
   * Asks the first server, and the next one whenever one fails.
   *
   * @param told is called with the answer, or with none if there is no server left; perhaps before
   *     this returns, never after {@link #close}
   */
  void begin(Consumer<Optional<DnsAnswer>> told) {
    listener = told;
    goOn();
  }

  private void goOn() {
    while (!ended) {
      letGo();
      if (tries == servers.tries()) {
        end(Optional.empty());
        return;
      }
      InetSocketAddress server = servers.server(tries++);
      try {
        sendDatagram(server);
        return;
      } catch (IOException | UnsupportedOperationException e) {
        // No route, no IPv6, no descriptors: the next one may do.
        log(server, e);
      }
    }
  }

  private void log(InetSocketAddress server, Exception e) {
    System.getLogger(UpstreamQuery.class.getName())
        .log(Level.DEBUG, () -> server + " could not be asked for " + question.name(), e);
  }

  private static ProtocolFamily family(InetAddress address) {
    return address instanceof Inet6Address
        ? StandardProtocolFamily.INET6
        : StandardProtocolFamily.INET;
  }

  private ByteBuffer next() {
    id = random.nextInt(1 << Short.SIZE);
    return ByteBuffer.wrap(DnsMessage.query(id, question));
  }

  private void sendDatagram(InetSocketAddress server) throws IOException {
    DatagramChannel made = DatagramChannel.open(family(server.getAddress()));
    channel = made;
    made.configureBlocking(false);
    made.connect(server);
    ByteBuffer query = next();
    if (made.write(query) == 0) {
      throw new IOException("no room for a datagram");
    }
    thread.register(made, SelectionKey.OP_READ, key -> receive(made, server));
    timer = thread.after(servers.timeout().toNanos(), this::goOn);
  }

  private void receive(DatagramChannel from, InetSocketAddress server) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(DATAGRAM);
      for (int i = 0; i < AT_ONCE && from.isOpen(); i++) {
        if (from.read(buffer.clear()) <= 0) {
          return;
        }
        byte[] message = new byte[buffer.flip().remaining()];
        buffer.get(message);
        if (DnsAnswer.isTo(message, id, question)) {
          answered(message, server, true);
          return;
        }
      }
    } catch (IOException e) {
      // Nobody listens there.
      log(server, e);
      goOn();
    }
  }

  private void answered(byte[] message, InetSocketAddress server, boolean datagram) {
    DnsAnswer answer;
    try {
      answer = DnsAnswer.read(message, question);
    } catch (DnsException e) {
      log(server, e);
      goOn();
      return;
    }
    boolean says = answer.code() == DnsMessage.NO_ERROR || answer.code() == DnsMessage.NO_SUCH_NAME;
    if (says && answer.truncated() && datagram) {
      letGo();
      connectStream(server);
    } else if (says) {
      end(Optional.of(answer));
    } else {
      goOn();
    }
  }

  private void connectStream(InetSocketAddress server) {
    try {
      SocketChannel made = SocketChannel.open(family(server.getAddress()));
      channel = made;
      made.configureBlocking(false);
      timer = thread.after(servers.timeout().toNanos(), this::goOn);
      boolean connected = made.connect(server);
      ByteBuffer query = next();
      var sent = ByteBuffer.allocate(LENGTH + query.remaining());
      sent.putShort((short) query.remaining()).put(query).flip();
      var stream = new Stream(made, server, sent);
      int first = connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT;
      thread.register(made, first, stream::ready);
    } catch (IOException | UnsupportedOperationException e) {
      log(server, e);
      goOn();
    }
  }

  /** The other way to ask, in which each message has its length before it (RFC 1035, 4.2.2). */
  private final class Stream {
    private final SocketChannel socket;
    private final InetSocketAddress server;
    private final ByteBuffer sent;
    private ByteBuffer received = ByteBuffer.allocate(LENGTH);
    private boolean hasLength;

    Stream(SocketChannel socket, InetSocketAddress server, ByteBuffer sent) {
      this.socket = socket;
      this.server = server;
      this.sent = sent;
    }

    void ready(SelectionKey key) {
      try {
        if (key.isConnectable() && socket.finishConnect()) {
          key.interestOps(SelectionKey.OP_WRITE);
        } else if (key.isWritable()) {
          socket.write(sent);
          key.interestOps(sent.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        } else if (key.isReadable()) {
          read();
        }
      } catch (IOException e) {
        log(server, e);
        goOn();
      }
    }

    private void read() throws IOException {
      if (socket.read(received) < 0) {
        throw new IOException("ended before its answer did");
      }
      if (received.hasRemaining()) {
        return;
      }
      if (!hasLength) {
        hasLength = true;
        received = ByteBuffer.allocate(received.getShort(0) & 0xffff);
        if (received.hasRemaining()) {
          return;
        }
      }
      if (!DnsAnswer.isTo(received.array(), id, question)) {
        throw new IOException("the answer to something else");
      }
      answered(received.array(), server, false);
    }
  }

  private void end(Optional<DnsAnswer> answer) {
    close();
    listener.accept(answer);
  }

  /** Closes what the last try has opened. */
  private void letGo() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        System.getLogger(UpstreamQuery.class.getName())
            .log(Level.DEBUG, "a socket was not closed", e);
      }
      channel = null;
    }
  }

  @Override
  public void close() {
    ended = true;
    letGo();
  }
}
