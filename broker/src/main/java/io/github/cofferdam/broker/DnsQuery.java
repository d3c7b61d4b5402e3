package io.github.cofferdam.broker;

/**
 * A question as it came from a client.
 *
 * @param id by which the client knows the response
 * @param recursionDesired as the client set it
 * @param spelling the name in the client's spelling, which some want back as they sent it
 * @param question what it asks
 * @param extended whether it has a record that extends the header
 * @param version of that extension; only 0 is known
 * @param datagram the longest datagram that the client takes, in bytes
 */
record DnsQuery(
    int id,
    boolean recursionDesired,
    String spelling,
    DnsQuestion question,
    boolean extended,
    int version,
    int datagram) {

  /** {@return whether a message is long enough to be a query and does not say it is a response} */
  static boolean isOne(byte[] message) {
    return message.length >= DnsMessage.HEADER && message[2] >= 0;
  }

  /** {@return the id of a message that {@linkplain #isOne is long enough}} */
  static int id(byte[] message) {
    return (message[0] & 0xff) << 8 | (message[1] & 0xff);
  }

  /**
   * {@return what a message asks}
   *
   * @throws DnsException if it is not one question in class Internet, with nothing else behind it
   *     but what extends its header
   */
  static DnsQuery read(byte[] message) throws DnsException {
    var reader = new DnsReader(message);
    int id = reader.u16();
    int flags = reader.u16();
    if ((flags & DnsMessage.RESPONSE) != 0) {
      throw DnsException.malformed("a response");
    }
    if ((flags & DnsMessage.OPCODE) != 0) {
      throw new DnsException(DnsMessage.NOT_IMPLEMENTED, "not a standard query");
    }
    int questions = reader.u16();
    int answers = reader.u16();
    int authorities = reader.u16();
    int additional = reader.u16();
    if (questions != 1 || answers != 0 || authorities != 0 || additional > 1) {
      throw DnsException.malformed("not one question");
    }
    String spelling = reader.spelling(false);
    int type = reader.u16();
    if (reader.u16() != DnsMessage.INTERNET) {
      throw new DnsException(DnsMessage.REFUSED, "not of the Internet");
    }
    int version = 0;
    int datagram = DnsMessage.SHORT_DATAGRAM;
    if (additional == 1) {
      // | 0 | 41 | size of datagrams 2 | code 1 | version 1 | flags 2 | length 2 | options |
      boolean root = reader.spelling(false).length() == 1;
      if (!root || reader.u16() != DnsMessage.OPT) {
        throw DnsException.malformed("a record in a question");
      }
      datagram = Math.clamp(reader.u16(), DnsMessage.SHORT_DATAGRAM, DnsMessage.LONG_DATAGRAM);
      version = (int) (reader.u32() >> 16 & 0xff);
      reader.skip(reader.u16());
    }
    if (!reader.atEnd()) {
      throw DnsException.malformed("more than a question");
    }
    return new DnsQuery(
        id,
        (flags & DnsMessage.RECURSION_DESIRED) != 0,
        spelling,
        new DnsQuestion(new DnsName(spelling), type),
        additional == 1,
        version,
        datagram);
  }
}
