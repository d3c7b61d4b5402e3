package io.github.cofferdam.broker;

import java.nio.ByteBuffer;

/**
 * The numbers that messages of the domain name system are made of. All of them begin with the same
 * twelve bytes:
 *
 * <pre>
 *   0       2                               4       6       8       10      12
 *   +-------+-------------------------------+-------+-------+-------+-------+
 *   | id    | QR opcode AA TC RD RA  Z code | ques- | ans-  | autho-| addi- |
 *   |       | 1  4      1  1  1  1   3 4    | tions | wers  | rities| tional|
 *   +-------+-------------------------------+-------+-------+-------+-------+
 *
 *   question: | name | type 2 | class 2 |
 *   record:   | name | type 2 | class 2 | seconds to live 4 | length 2 | data |
 * </pre>
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1035#section-4">RFC 1035, 4</a>
 */
final class DnsMessage {
  static final int HEADER = 12;

  /** The longest message that a datagram has if nobody says that more is fine (RFC 1035). */
  static final int SHORT_DATAGRAM = 512;

  /** The longest that passes everywhere in one piece (dnsflagday.net/2020). */
  static final int LONG_DATAGRAM = 1232;

  static final int RESPONSE = 0x8000;
  static final int OPCODE = 0x7800;
  static final int TRUNCATED = 0x0200;
  static final int RECURSION_DESIRED = 0x0100;
  static final int RECURSION_AVAILABLE = 0x0080;
  static final int CODE = 0x000f;

  static final int NO_ERROR = 0;
  static final int FORMAT_ERROR = 1;
  static final int SERVER_FAILURE = 2;
  static final int NO_SUCH_NAME = 3;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;

  /** BADVERS of RFC 6891; has more bits than the header has room for. */
  static final int BAD_VERSION = 16;

  static final int A = 1;
  static final int CNAME = 5;
  static final int AAAA = 28;

  /** The record that is none, but extends the header (RFC 6891). */
  static final int OPT = 41;

  static final int INTERNET = 1;

  /** More than any record that is cached should live; what RFC 2181, 8, calls unreasonable. */
  static final long LONGEST_LIFE = 86_400;

  private DnsMessage() {}

  /** {@return the message that asks a server} */
  static byte[] query(int id, DnsQuestion question) {
    byte[] name = question.name().bytes();
    return ByteBuffer.allocate(HEADER + name.length + 4)
        .putShort((short) id)
        .putShort((short) RECURSION_DESIRED)
        .putShort((short) 1)
        .putShort((short) 0)
        .putInt(0)
        .put(name)
        .putShort((short) question.type())
        .putShort((short) INTERNET)
        .array();
  }

  /** {@return a response that has nothing in it but what is wrong with the query} */
  static byte[] error(int id, int code) {
    return ByteBuffer.allocate(HEADER)
        .putShort((short) id)
        .putShort((short) (RESPONSE | RECURSION_AVAILABLE | code))
        .array();
  }
}
