package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.nio.ByteBuffer;

/**
 * What a client gets: its question, as it spelt it, the names on the way, and the addresses. Names
 * that stand in the message already are not written twice: {@code c0 0c} is that of the question,
 * which begins at byte 12.
 *
 * <pre>
 *   header | question | c0 0c CNAME IN seconds length | 3 w w w ...        |
 *                     | c0 .. A     IN seconds 4      | address            |
 *                     | 0     OPT   1232 code version flags 0              |
 * </pre>
 */
final class DnsReply {
  /** The longest message of all: what {@link DnsAnswer} has at most is less than this. */
  static final int LONGEST = 8192;

  private static final int POINTER = 0xc000;
  private static final int EXTENSION = 11;

  /** Of a record with a pointer for its name, without its data. */
  private static final int RECORD = 12;

  private final ByteBuffer message;
  private final DnsAnswer answer;

  private DnsReply(int limit, DnsAnswer answer) {
    this.message = ByteBuffer.allocate(limit);
    this.answer = answer;
  }

  /**
   * {@return the message}, with as much of the answer as has room
   *
   * @param limit how long it may be, 512 at least
   */
  static byte[] of(DnsQuery query, DnsAnswer answer, int limit) {
    return new DnsReply(Math.min(limit, LONGEST), answer).write(query);
  }

  private byte[] write(DnsQuery query) {
    message.position(DnsMessage.HEADER);
    message.put(DnsName.bytes(query.spelling()));
    message.putShort((short) query.question().type()).putShort((short) DnsMessage.INTERNET);
    if (query.extended()) {
      message.limit(message.capacity() - EXTENSION);
    }
    int wanted = answer.aliases().size() + answer.addresses().size();
    int written = records(query.question().type());
    message.limit(message.capacity());
    if (query.extended()) {
      message.put((byte) 0).putShort((short) DnsMessage.OPT);
      message.putShort((short) DnsMessage.LONG_DATAGRAM);
      message.putInt(answer.code() >> 4 << 24).putShort((short) 0);
    }
    int flags = DnsMessage.RESPONSE | DnsMessage.RECURSION_AVAILABLE;
    flags |= query.recursionDesired() ? DnsMessage.RECURSION_DESIRED : 0;
    flags |= written < wanted ? DnsMessage.TRUNCATED : 0;
    flags |= answer.code() & DnsMessage.CODE;
    message.putShort(0, (short) query.id());
    message.putShort(2, (short) flags);
    message.putShort(4, (short) 1);
    message.putShort(6, (short) written);
    message.putShort(8, (short) 0);
    message.putShort(10, (short) (query.extended() ? 1 : 0));
    byte[] bytes = new byte[message.position()];
    message.get(0, bytes);
    return bytes;
  }

  /** {@return how many had room} Some clients never ask again by TCP, so that some is better. */
  private int records(int type) {
    int written = 0;
    int owner = DnsMessage.HEADER;
    for (DnsName alias : answer.aliases()) {
      byte[] name = alias.bytes();
      if (!record(owner, DnsMessage.CNAME, name)) {
        return written;
      }
      owner = message.position() - name.length;
      written++;
    }
    for (IpAddress address : answer.addresses()) {
      if (!record(owner, type, type == DnsMessage.A ? address.bytes() : address.mapped())) {
        return written;
      }
      written++;
    }
    return written;
  }

  private boolean record(int owner, int type, byte[] data) {
    if (message.remaining() < RECORD + data.length) {
      return false;
    }
    message.putShort((short) (POINTER | owner));
    message.putShort((short) type).putShort((short) DnsMessage.INTERNET);
    message.putInt((int) answer.seconds());
    message.putShort((short) data.length).put(data);
    return true;
  }
}
