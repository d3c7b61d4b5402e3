package io.github.cofferdam.broker;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A server of the domain name system at this host's loopback, which says what a test has it say and
 * remembers what it was asked. It reads and writes messages by itself, without what is tested.
 */
final class FakeServer implements AutoCloseable {
  static final int A = 1;
  static final int CNAME = 5;
  static final int AAAA = 28;

  /** What it was asked. */
  static final class Asked {
    private final byte[] message;
    private final String name;
    private final int type;
    private final boolean stream;
    private final int from;

    private Asked(byte[] message, String name, int type, boolean stream, int from) {
      this.message = message;
      this.name = name;
      this.type = type;
      this.stream = stream;
      this.from = from;
    }

    /** The query itself. */
    byte[] message() {
      return message;
    }

    String name() {
      return name;
    }

    int type() {
      return type;
    }

    boolean stream() {
      return stream;
    }

    /** The client's port. */
    int from() {
      return from;
    }

    private String text() {
      return (stream ? "stream " : "") + name + " " + type;
    }
  }

  /** What it says. */
  interface Script {
    /** {@return the messages that are sent}; none if it says nothing */
    List<byte[]> replies(Asked asked) throws IOException;
  }

  private final DatagramSocket datagrams;
  private final ServerSocket streams;
  private final InetSocketAddress address;
  private final Script script;
  private final List<Asked> all = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  FakeServer(Script script) throws IOException {
    this.script = script;
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    DatagramSocket first = new DatagramSocket(new InetSocketAddress(loopback, 0));
    @Nullable ServerSocket second = streams(first);
    while (second == null) {
      first.close();
      first = new DatagramSocket(new InetSocketAddress(loopback, 0));
      second = streams(first);
    }
    datagrams = first;
    streams = second;
    address = new InetSocketAddress(loopback, first.getLocalPort());
    threads.add(Thread.ofPlatform().daemon().start(this::receive));
    threads.add(Thread.ofPlatform().daemon().start(this::accept));
  }

  /** At the same port, unless somebody has it. */
  private static @Nullable ServerSocket streams(DatagramSocket datagrams) throws IOException {
    try {
      return new ServerSocket(datagrams.getLocalPort(), 50, datagrams.getLocalAddress());
    } catch (BindException e) {
      return null;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  /** What it was asked until now, such as {@code example.org 1}. */
  List<String> seen() {
    return all.stream().map(Asked::text).toList();
  }

  List<Asked> asked() {
    return List.copyOf(all);
  }

  private void receive() {
    byte[] buffer = new byte[4096];
    while (!datagrams.isClosed()) {
      try {
        var packet = new DatagramPacket(buffer, buffer.length);
        datagrams.receive(packet);
        byte[] message = Arrays.copyOf(buffer, packet.getLength());
        for (byte[] reply : replies(message, false, packet.getPort())) {
          datagrams.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        // Closed, or the client is.
      }
    }
  }

  private void accept() {
    while (!streams.isClosed()) {
      try (Socket socket = streams.accept();
          var in = new DataInputStream(socket.getInputStream());
          var out = new DataOutputStream(socket.getOutputStream())) {
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        for (byte[] reply : replies(message, true, socket.getPort())) {
          out.writeShort(reply.length);
          out.write(reply);
        }
        out.flush();
      } catch (IOException e) {
        // Closed, or the client is.
      }
    }
  }

  private List<byte[]> replies(byte[] message, boolean stream, int from) throws IOException {
    var name = new StringBuilder();
    int at = 12;
    while (message[at] != 0) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(message, at + 1, message[at], StandardCharsets.ISO_8859_1));
      at += message[at] + 1;
    }
    int type = ByteBuffer.wrap(message).getShort(at + 1);
    var asked = new Asked(message, name.toString(), type, stream, from);
    all.add(asked);
    return script.replies(asked);
  }

  /** The response to a query, with some records. */
  static byte[] response(Asked asked, int code, byte[]... records) {
    var message = new ByteArrayOutputStream();
    message.writeBytes(asked.message());
    for (byte[] record : records) {
      message.writeBytes(record);
    }
    ByteBuffer header = ByteBuffer.wrap(message.toByteArray());
    header.putShort(2, (short) (0x8180 | code)).putShort(6, (short) records.length);
    return header.array();
  }

  /** A response that says that there is more. */
  static byte[] truncated(byte[] response) {
    byte[] changed = response.clone();
    changed[2] |= 0x02;
    return changed;
  }

  static byte[] name(String text) {
    var name = new ByteArrayOutputStream();
    for (String label : text.split("\\.", -1)) {
      name.write(label.length());
      name.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
    }
    name.write(0);
    return name.toByteArray();
  }

  static byte[] record(String owner, int type, long seconds, byte[] data) {
    byte[] name = name(owner);
    return ByteBuffer.allocate(name.length + 10 + data.length)
        .put(name)
        .putShort((short) type)
        .putShort((short) 1)
        .putInt((int) seconds)
        .putShort((short) data.length)
        .put(data)
        .array();
  }

  /** A record of an address, in its text. */
  static byte[] address(String owner, long seconds, String address) throws IOException {
    byte[] data = InetAddress.ofLiteral(address).getAddress();
    return record(owner, data.length == 4 ? A : AAAA, seconds, data);
  }

  static byte[] alias(String owner, long seconds, String target) {
    return record(owner, CNAME, seconds, name(target));
  }

  @Override
  public void close() throws IOException {
    datagrams.close();
    streams.close();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
