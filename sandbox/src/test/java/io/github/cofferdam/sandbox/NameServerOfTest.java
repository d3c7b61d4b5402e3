package io.github.cofferdam.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server of the domain name system at this host's loopback, which knows the IPv4 addresses of
 * some names and remembers what it was asked. It reads and writes messages by itself.
 *
 * <pre>
 * message   0        2        4        6        8        10       12
 *           +--------+--------+--------+--------+--------+--------+-----  ----+-----
 *           | id     | flags  | 1      | answers| 0      | 0      | question  | record
 *           +--------+--------+--------+--------+--------+--------+-----  ----+-----
 *
 * record    0        2        4        6                 10       12
 *           +--------+--------+--------+-----------------+--------+---------+
 *           | c0 0c  | type   | class  | seconds         | length | address |
 *           +--------+--------+--------+-----------------+--------+---------+
 * </pre>
 */
final class NameServerOfTest implements AutoCloseable {
  private static final int HEADER = 12;
  private static final int A = 1;
  private static final int RESPONSE = 0x8180;
  private static final int NO_SUCH_NAME = 3;

  private final DatagramSocket socket;
  private final Map<String, String> addresses;
  private final List<String> asked = new CopyOnWriteArrayList<>();

  /**
   * Starts one.
   *
   * @param addresses names in lower case, and the address of each
   */
  NameServerOfTest(Map<String, String> addresses) throws IOException {
    this.addresses = Map.copyOf(addresses);
    socket = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    Thread.ofPlatform().daemon().start(this::serve);
  }

  /** {@return its port} */
  int port() {
    return socket.getLocalPort();
  }

  /** {@return the names that it was asked for} */
  List<String> asked() {
    return List.copyOf(asked);
  }

  private void serve() {
    while (!socket.isClosed()) {
      try {
        var packet = new DatagramPacket(new byte[1500], 1500);
        socket.receive(packet);
        packet.setData(answer(Arrays.copyOf(packet.getData(), packet.getLength())));
        socket.send(packet);
      } catch (IOException e) {
        // Closed, or the client is.
      }
    }
  }

  private byte[] answer(byte[] query) throws IOException {
    var name = new StringBuilder();
    int at = HEADER;
    while (query[at] != 0) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(query, at + 1, query[at], StandardCharsets.ISO_8859_1));
      at += query[at] + 1;
    }
    String wanted = name.toString().toLowerCase(Locale.ROOT);
    asked.add(wanted);
    String address = addresses.get(wanted);
    var answer = new ByteArrayOutputStream();
    // What is behind the question, such as what the client is able to do, is left out.
    answer.writeBytes(Arrays.copyOf(query, at + 5));
    boolean known = address != null && ByteBuffer.wrap(query).getShort(at + 1) == A;
    if (known) {
      answer.writeBytes(record(InetAddress.ofLiteral(address).getAddress()));
    }
    return ByteBuffer.wrap(answer.toByteArray())
        .putShort(2, (short) (RESPONSE | (address == null ? NO_SUCH_NAME : 0)))
        .putShort(6, (short) (known ? 1 : 0))
        .putInt(8, 0)
        .array();
  }

  private static byte[] record(byte[] address) {
    return ByteBuffer.allocate(HEADER + address.length)
        .putShort((short) 0xc00c)
        .putShort((short) A)
        .putShort((short) 1)
        .putInt(60)
        .putShort((short) address.length)
        .put(address)
        .array();
  }

  @Override
  public void close() {
    socket.close();
  }
}
