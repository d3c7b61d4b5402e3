package io.github.cofferdam.broker;

/** Reads a message from its beginning to its end, and never anything beyond. */
final class DnsReader {
  private static final int POINTER = 0xc0;

  private final byte[] message;
  private int position;

  DnsReader(byte[] message) {
    this.message = message;
  }

  int position() {
    return position;
  }

  boolean atEnd() {
    return position == message.length;
  }

  private int byteAt(int index) throws DnsException {
    if (index >= message.length) {
      throw DnsException.malformed("ends too early");
    }
    return message[index] & 0xff;
  }

  int u16() throws DnsException {
    int value = byteAt(position) << 8 | byteAt(position + 1);
    position += 2;
    return value;
  }

  long u32() throws DnsException {
    return (long) u16() << 16 | u16();
  }

  /** {@return the bytes that come next} */
  byte[] bytes(int length) throws DnsException {
    skip(length);
    byte[] bytes = new byte[length];
    System.arraycopy(message, position - length, bytes, 0, length);
    return bytes;
  }

  void skip(int length) throws DnsException {
    if (length > message.length - position) {
      throw DnsException.malformed("ends too early");
    }
    position += length;
  }

  /**
   * {@return the name that comes next, as it is spelt, see {@link DnsName}}
   *
   * <pre>
   *   | 00 length 6 | bytes |      a label; of length 0 it is the root's, and the last one
   *   | 11 offset 14 |             the rest of the name is there
   * </pre>
   *
   * @param compressed whether its rest may be somewhere before it (RFC 1035, 4.1.4)
   */
  String spelling(boolean compressed) throws DnsException {
    var spelling = new StringBuilder();
    int at = position;
    int start = position;
    boolean jumped = false;
    while (true) {
      int length = byteAt(at);
      if (length >= POINTER) {
        int target = (length & ~POINTER) << 8 | byteAt(at + 1);
        // Each leads further back than the one before, so there is an end.
        if (!compressed || target >= start || target < DnsMessage.HEADER) {
          throw DnsException.malformed("a name goes on where it cannot");
        }
        position = jumped ? position : at + 2;
        jumped = true;
        at = target;
        start = target;
        continue;
      }
      if (length > DnsName.LONGEST_LABEL) {
        throw DnsException.malformed("a label of an unknown kind");
      }
      spelling.append((char) length);
      for (int i = 1; i <= length; i++) {
        spelling.append((char) byteAt(at + i));
      }
      at += 1 + length;
      if (spelling.length() > DnsName.LONGEST) {
        throw DnsException.malformed("a name is too long");
      }
      if (length == 0) {
        position = jumped ? position : at;
        return spelling.toString();
      }
    }
  }

  DnsName name() throws DnsException {
    return new DnsName(spelling(true));
  }
}
