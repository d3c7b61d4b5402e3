package io.github.cofferdam.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A name server of a test's own, which has addresses of names, and remembers what it was asked.
 *
 * <pre>
 *   0        2        4        6        8        10       12
 *   +--------+--------+--------+--------+--------+--------+------+------+-------+
 *   | id     | flags  | 1      | answers| 0      | others | name | type | class |
 *   +--------+--------+--------+--------+--------+--------+------+------+-------+
 * </pre>
 */
final class OwnNames implements AutoCloseable {
  private static final int HEADER = 12;
  private static final int LONGEST = 4096;
  private static final int ANSWER = 0x8180;
  private static final int SAME_NAME = 0xc00c;
  private static final int V4 = 1;
  private static final int V6 = 28;

  private final DatagramSocket socket;
  private final Map<String, List<String>> addresses = new ConcurrentHashMap<>();
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();

  private OwnNames() throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::serve);
  }

  static OwnNames open() throws IOException {
    return new OwnNames();
  }

  /** Has a name lead to addresses from now on. */
  OwnNames put(String name, String... some) {
    addresses.put(name, List.of(some));
    return this;
  }

  /** {@return its address, as policies have it} */
  String place() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** {@return the names that it was asked for, each with the number of its type} */
  List<String> asked() {
    return List.copyOf(asked);
  }

  private void serve() {
    var packet = new DatagramPacket(new byte[LONGEST], LONGEST);
    try {
      while (true) {
        packet.setLength(LONGEST);
        socket.receive(packet);
        packet.setData(answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength())));
        socket.send(packet);
        packet.setData(new byte[LONGEST]);
      }
    } catch (SocketException e) {
      // The test has ended.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] answer(ByteBuffer query) throws IOException {
    var name = new StringBuilder();
    int at = HEADER;
    for (int length = query.get(at); length != 0; length = query.get(at)) {
      byte[] label = new byte[length];
      query.get(at + 1, label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
      at += 1 + length;
    }
    int type = query.getShort(at + 1);
    int end = at + 5;
    asked.add(name + " " + type);
    var records = new ByteArrayOutputStream();
    int count = 0;
    for (String each : addresses.getOrDefault(name.toString(), List.of())) {
      byte[] bytes = InetAddress.getByName(each).getAddress();
      if (type == (bytes.length == 4 ? V4 : V6)) {
        ByteBuffer one = ByteBuffer.allocate(HEADER + bytes.length);
        one.putShort((short) SAME_NAME).putShort((short) type).putShort((short) 1).putInt(0);
        records.write(one.putShort((short) bytes.length).put(bytes).array());
        count++;
      }
    }
    ByteBuffer reply = ByteBuffer.allocate(end + records.size());
    reply.putShort(query.getShort(0)).putShort((short) ANSWER).putShort((short) 1);
    reply.putShort((short) count).putInt(0);
    byte[] question = new byte[end - HEADER];
    query.get(HEADER, question);
    return reply.put(question).put(records.toByteArray()).array();
  }

  @Override
  public void close() {
    socket.close();
  }
}
