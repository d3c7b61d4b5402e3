package io.github.cofferdam.broker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The server that a run's programs ask for names, at an address of this host's loopback network:
 * datagrams and streams at the same port. It knows the names that the run may ask for, and no
 * others; of these it tells addresses only. Any process of this host may ask it.
 *
 * <ul>
 *   <li>A name that may not be asked for does not exist, and nothing of it leaves this host.
 *   <li>Records other than addresses are none: HTTPS, SVCB, TXT, MX, SRV, PTR, ANY.
 *   <li>Addresses that a name may not have are left out; without any, the answer is empty.
 *   <li>What no server answers is a server failure, as is what is too much at once.
 * </ul>
 */
final class NameServer implements AutoCloseable {
  private static final int MOST_CONNECTIONS = 64;
  private static final int LONGEST_QUERY = 4096;

  /** So that one run's datagrams do not keep the others' waiting. */
  private static final int AT_ONCE = 64;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final Duration IDLE = Duration.ofSeconds(10);

  private final SelectorThread thread;
  private final NameLookup lookup;
  private final NameSockets sockets;
  private final Duration idle;
  private final SelectionKey accepts;
  private final Set<NameConnection> connections = new HashSet<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(LONGEST_QUERY + 1);
  private boolean closed;

  private NameServer(SelectorThread thread, NameLookup lookup, NameSockets sockets, Duration idle)
      throws IOException {
    this.thread = thread;
    this.lookup = lookup;
    this.sockets = sockets;
    this.idle = idle;
    this.accepts = thread.register(sockets.streams(), SelectionKey.OP_ACCEPT, key -> accept());
    thread.register(sockets.datagrams(), SelectionKey.OP_READ, key -> receive());
  }

  /**
   * {@return a server for one run, which answers until it is closed}
   *
   * @param at the address of this host at which it is asked
   * @param names what may be asked for; is called by another thread, until {@link #close} returns
   * @param pinned gets each address before the client does
   * @param hosts the names that this host knows itself
   * @param servers who is asked for others
   * @throws IOException if there are no more descriptors or ports
   */
  static NameServer open(
      InetAddress at, Names names, PinnedNames pinned, HostsFile hosts, UpstreamServers servers)
      throws IOException {
    return open(at, names, pinned, hosts, servers, IDLE, System::nanoTime);
  }

  /**
   * The same, in another time.
   *
   * @param idle after which a connection that asks nothing is closed
   * @param clock by which answers grow old, in nanoseconds
   */
  static NameServer open(
      InetAddress at,
      Names names,
      PinnedNames pinned,
      HostsFile hosts,
      UpstreamServers servers,
      Duration idle,
      LongSupplier clock)
      throws IOException {
    SelectorThread thread = SelectorThread.join();
    boolean opened = false;
    try {
      var cache = new AnswerCache(clock);
      var upstream = new Upstream(thread, servers);
      var lookup = new NameLookup(names, pinned, hosts, cache, upstream);
      NameServer server = thread.call(() -> opened(at, thread, lookup, idle));
      opened = true;
      return server;
    } finally {
      if (!opened) {
        thread.leave();
      }
    }
  }

  private static NameServer opened(
      InetAddress at, SelectorThread thread, NameLookup lookup, Duration idle) throws IOException {
    NameSockets sockets = NameSockets.bind(at);
    boolean opened = false;
    try {
      var server = new NameServer(thread, lookup, sockets, idle);
      opened = true;
      return server;
    } finally {
      if (!opened) {
        sockets.close();
      }
    }
  }

  /** {@return where it is asked, by datagrams and by streams} */
  InetSocketAddress address() {
    return sockets.address();
  }

  private void receive() {
    DatagramChannel datagrams = sockets.datagrams();
    try {
      for (int i = 0; i < AT_ONCE && !closed; i++) {
        SocketAddress client = datagrams.receive(buffer.clear());
        if (client == null) {
          return;
        }
        byte[] message = new byte[buffer.flip().remaining()];
        buffer.get(message);
        answer(message, true, reply -> send(reply, client));
      }
    } catch (IOException e) {
      log("a question could not be received", e);
    }
  }

  /** A client asks again when a datagram is lost. */
  private void send(byte[] reply, SocketAddress client) {
    try {
      sockets.datagrams().send(ByteBuffer.wrap(reply), client);
    } catch (IOException e) {
      log("an answer could not be sent", e);
    }
  }

  private static void log(String what, IOException e) {
    System.getLogger(NameServer.class.getName()).log(Level.DEBUG, what, e);
  }

  /**
   * Answers a message.
   *
   * @param datagram whether the answer has to have room in one
   * @param reply gets the answer, perhaps before this returns; never after {@link #close}
   * @return whether there is going to be an answer; not to what is no question at all
   */
  boolean answer(byte[] message, boolean datagram, Consumer<byte[]> reply) {
    if (!DnsQuery.isOne(message)) {
      return false;
    }
    DnsQuery query;
    try {
      query = DnsQuery.read(message);
    } catch (DnsException e) {
      reply.accept(DnsMessage.error(DnsQuery.id(message), e.code()));
      return true;
    }
    int limit = datagram ? query.datagram() : DnsReply.LONGEST;
    if (query.version() != 0) {
      reply.accept(DnsReply.of(query, DnsAnswer.of(DnsMessage.BAD_VERSION), limit));
    } else {
      lookup.resolve(query.question(), answer -> reply.accept(DnsReply.of(query, answer, limit)));
    }
    return true;
  }

  private void accept() {
    try {
      while (connections.size() < MOST_CONNECTIONS) {
        SocketChannel socket = sockets.streams().accept();
        if (socket == null) {
          return;
        }
        connections.add(NameConnection.open(thread, this, socket, idle));
      }
      // Others wait until one of these is closed.
      accepts.interestOps(0);
    } catch (IOException e) {
      // There are no more descriptors; the kernel would say at once that somebody still waits.
      log("a connection could not be accepted", e);
      accepts.interestOps(0);
      thread.after(PAUSE_NANOS, this::acceptMore);
    }
  }

  private void acceptMore() {
    if (!closed && accepts.isValid()) {
      accepts.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  /** Says that a connection is closed. */
  void forget(NameConnection connection) {
    if (connections.remove(connection)) {
      acceptMore();
    }
  }

  /** Answers no more: when it returns, nobody is called any more, and its port is free. */
  @Override
  public void close() {
    try {
      thread.call(() -> {
        end();
        return true;
      });
      thread.awaitClosed();
    } catch (IOException e) {
      // The thread has ended, and has closed everything.
      log("nothing was left to be closed", e);
    }
  }

  private void end() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    thread.leave();
    lookup.close();
    new ArrayList<>(connections).forEach(NameConnection::close);
    sockets.close();
  }
}
