package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A client that asks a name server. */
final class Asking {
  /** Far beyond what any answer takes. */
  private static final int PATIENCE_MILLIS = 60_000;

  private Asking() {}

  /** What a reply says, also as a text that tests compare: {@code 0 192.0.2.1}. */
  record Reply(int length, int records, DnsAnswer answer) {
    String text() {
      List<String> addresses = answer.addresses().stream().map(IpAddress::toString).toList();
      return answer.code() + " " + String.join(" ", addresses);
    }
  }

  static byte[] query(int id, String name, int type) {
    byte[] wire = FakeServer.name(name);
    return ByteBuffer.allocate(12 + wire.length + 4)
        .putShort((short) id)
        .putShort((short) 0x0100)
        .putShort((short) 1)
        .putShort((short) 0)
        .putInt(0)
        .put(wire)
        .putShort((short) type)
        .putShort((short) 1)
        .array();
  }

  /** The same, with an extension. */
  static byte[] extended(byte[] query, int datagram, int version) {
    byte[] longer = Arrays.copyOf(query, query.length + 11);
    longer[11] = 1;
    ByteBuffer.wrap(longer)
        .position(query.length + 1)
        .putShort((short) 41)
        .putShort((short) datagram)
        .put((byte) 0)
        .put((byte) version);
    return longer;
  }

  static byte[] exchange(InetSocketAddress server, byte[] message) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(server);
      socket.send(new DatagramPacket(message, message.length));
      return received(socket);
    }
  }

  /** Asks again and again, where datagrams may be lost; {@return the first reply} */
  static byte[] exchangeAgain(InetSocketAddress server, byte[] message) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(200);
      socket.connect(server);
      while (true) {
        socket.send(new DatagramPacket(message, message.length));
        try {
          return received(socket);
        } catch (SocketTimeoutException e) {
          // It was lost.
        }
      }
    }
  }

  static byte[] received(DatagramSocket socket) throws IOException {
    var packet = new DatagramPacket(new byte[65_535], 65_535);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  static Reply ask(InetSocketAddress server, String name, int type) throws Exception {
    byte[] query = query(4711, name, type);
    return reply(query, exchange(server, query), type);
  }

  static Reply reply(byte[] query, byte[] message, int type) throws DnsException {
    var spelling = new DnsReader(query);
    spelling.skip(12);
    var question = new DnsQuestion(spelling.name(), type);
    if (!DnsAnswer.isTo(message, DnsQuery.id(query), question)) {
      throw new AssertionError("the answer to another question: " + Arrays.toString(message));
    }
    DnsAnswer answer = DnsAnswer.read(message, question);
    return new Reply(message.length, message[7], answer);
  }

  static Socket connect(InetSocketAddress server) throws IOException {
    var socket = new Socket(server.getAddress(), server.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  static void send(Socket socket, byte[] message) throws IOException {
    var out = new DataOutputStream(socket.getOutputStream());
    out.write(framed(message));
    out.flush();
  }

  static byte[] framed(byte[] message) {
    return ByteBuffer.allocate(2 + message.length)
        .putShort((short) message.length)
        .put(message)
        .array();
  }

  static byte[] receive(Socket socket) throws IOException {
    var in = new DataInputStream(socket.getInputStream());
    byte[] message = new byte[in.readUnsignedShort()];
    in.readFully(message);
    return message;
  }
}
