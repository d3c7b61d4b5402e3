package io.github.cofferdam.broker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A stream of questions from one client, which are answered in whatever order their answers come
 * (RFC 7766). Each message has its length before it:
 *
 * <pre>
 *   | length 2 | message | length 2 | message | ...
 * </pre>
 *
 * <p>It is closed when the client has ended it and has its answers, and when the client does
 * nothing for too long: neither sends the rest of a question, nor takes an answer.
 */
final class NameConnection implements AutoCloseable {
  private static final int LENGTH = 2;
  private static final int LONGEST_QUERY = 4096;

  /** Questions without an answer, or whose answers the client has not taken. */
  private static final int MOST_OPEN = 32;

  private final SelectorThread thread;
  private final NameServer server;
  private final SocketChannel socket;
  private final Duration idle;
  private final Queue<ByteBuffer> replies = new ArrayDeque<>();
  private final ByteBuffer received = ByteBuffer.allocate(LENGTH + LONGEST_QUERY);
  private final SelectionKey key;
  private SelectorThread.Timer timer;

  /** Questions that were read and whose answers were not written to their ends. */
  private int open;

  private boolean readAll;
  private boolean closed;

  private NameConnection(
      SelectorThread thread, NameServer server, SocketChannel socket, Duration idle)
      throws IOException {
    this.thread = thread;
    this.server = server;
    this.socket = socket;
    this.idle = idle;
    this.key = thread.register(socket, SelectionKey.OP_READ, ready -> ready());
    this.timer = thread.after(idle.toNanos(), this::expire);
  }

  /**
   * {@return a connection that is answered}
   *
   * @throws IOException if the client has closed it
   */
  static NameConnection open(
      SelectorThread thread, NameServer server, SocketChannel socket, Duration idle)
      throws IOException {
    boolean opened = false;
    try {
      socket.configureBlocking(false);
      var connection = new NameConnection(thread, server, socket, idle);
      opened = true;
      return connection;
    } finally {
      if (!opened) {
        socket.close();
      }
    }
  }

  private void ready() {
    try {
      if (key.isWritable()) {
        write();
      }
      if (!closed && key.isReadable()) {
        read();
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private void fail(IOException e) {
    System.getLogger(NameConnection.class.getName())
        .log(Level.DEBUG, "a client has closed its connection", e);
    close();
  }

  private void read() throws IOException {
    if (socket.read(received) < 0) {
      readAll = true;
    }
    answerAll();
  }

  /** Answers what is there, as far as there may be more questions open. */
  private void answerAll() throws IOException {
    received.flip();
    while (!closed && open < MOST_OPEN && received.remaining() >= LENGTH) {
      int length = received.getShort(received.position()) & 0xffff;
      if (length > LONGEST_QUERY) {
        close();
      } else if (received.remaining() < LENGTH + length) {
        break;
      } else {
        byte[] message = new byte[length];
        received.getShort();
        received.get(message);
        answer(message);
      }
    }
    received.compact();
    if (!closed) {
      want();
    }
  }

  private void answer(byte[] message) {
    open++;
    begin();
    if (!server.answer(message, false, this::reply)) {
      close();
    }
  }

  private void reply(byte[] reply) {
    if (closed) {
      return;
    }
    ByteBuffer framed = ByteBuffer.allocate(LENGTH + reply.length);
    replies.add(framed.putShort((short) reply.length).put(reply).flip());
    // In the next round: not from within a question that is being read.
    key.interestOpsOr(SelectionKey.OP_WRITE);
  }

  private void write() throws IOException {
    while (!replies.isEmpty()) {
      ByteBuffer next = replies.element();
      socket.write(next);
      if (next.hasRemaining()) {
        return;
      }
      replies.remove();
      open--;
      begin();
    }
    // There may be questions that had to wait.
    answerAll();
  }

  /** Says to the kernel what it waits for. */
  private void want() {
    if (readAll && open == 0) {
      close();
      return;
    }
    boolean reads = !readAll && open < MOST_OPEN && received.hasRemaining();
    key.interestOps(
        (reads ? SelectionKey.OP_READ : 0) | (replies.isEmpty() ? 0 : SelectionKey.OP_WRITE));
  }

  /** Gives the client its time anew. */
  private void begin() {
    timer.cancel();
    timer = thread.after(idle.toNanos(), this::expire);
  }

  private void expire() {
    if (open > 0 && replies.isEmpty()) {
      // It is the servers that take their time.
      begin();
    } else {
      close();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    timer.cancel();
    try {
      socket.close();
    } catch (IOException e) {
      fail(e);
    }
    server.forget(this);
  }
}
