package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages byte by byte. */
class DnsMessageTest {
  private static final DnsQuestion WWW =
      new DnsQuestion(DnsName.of("www.example.org"), DnsMessage.A);

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  private static String name(String hex, int at, boolean compressed) throws DnsException {
    var reader = new DnsReader(bytes(hex));
    reader.skip(at);
    return new DnsName(reader.spelling(compressed)).text();
  }

  @Test
  void aQueryIsAsTheRfcHasIt() {
    assertArrayEquals(
        bytes("1267 0100 0001 0000 0000 0000 03 777777 07 6578616d706c65 03 6f7267 00 0001 0001"),
        DnsMessage.query(0x1267, WWW));
  }

  @Test
  void aReplyIsAsTheRfcHasIt() throws Exception {
    var answer =
        new DnsAnswer(
            0,
            false,
            List.of(DnsName.of("a.example.net")),
            List.of(IpAddress.parse("192.0.2.7").orElseThrow()),
            300);
    byte[] asked = DnsMessage.query(0x1267, WWW);
    // As the client spelt it.
    asked[13] = 'W';
    assertArrayEquals(
        bytes(
            "1267 8180 0001 0002 0000 0000"
                + "03 577777 07 6578616d706c65 03 6f7267 00 0001 0001"
                + "c00c 0005 0001 0000012c 000f 01 61 07 6578616d706c65 03 6e6574 00"
                + "c02d 0001 0001 0000012c 0004 c0000207"),
        DnsReply.of(DnsQuery.read(asked), answer, 512));
  }

  @Test
  void namesMayGoOnWhereTheyStoodBefore() throws Exception {
    String header = "000000000000000000000000";
    String message = header + "03 6f7267 00" + "07 6578616d706c65 c00c" + "03 777777 c011";
    assertEquals("www.example.org", name(message, 27, true));
    assertThrows(DnsException.class, () -> name(message, 27, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // To itself, forwards, into the header, in a circle, with labels in it.
        "c00c",
        "c010 0000 03616263 00",
        "c000",
        "01 61 c00c",
        "01 61 01 62 c00e",
        // Labels of other kinds, and such as end too early.
        "41 00",
        "80 00",
        "03 6162",
        "3f",
        "c0",
        ""
      })
  void namesThatAreNoneAreRefused(String name) {
    assertThrows(DnsException.class, () -> name("00".repeat(12) + name, 12, true));
  }

  @Test
  void aNameHas255BytesAtMost() throws Exception {
    String longest = ("3f" + "61".repeat(63)).repeat(3) + "3d" + "61".repeat(61) + "00";
    assertEquals(253, name(longest, 0, true).length());
    String longer = ("3f" + "61".repeat(63)).repeat(3) + "3e" + "61".repeat(62) + "00";
    assertThrows(DnsException.class, () -> name(longer, 0, true));
  }

  @Test
  void aDotInALabelIsNone() {
    var one = new DnsName("\3a.b\3org\0");
    assertEquals("a\\046b.org", one.text());
    assertFalse(one.isPlain());
    assertFalse(new DnsName("\0").isPlain());
    assertTrue(DnsName.of("_a-1.b").isPlain());
    assertThrows(IllegalArgumentException.class, () -> DnsName.of("a..b"));
    assertThrows(IllegalArgumentException.class, () -> DnsName.of("a b"));
  }

  private static int refusal(byte[] message) {
    return assertThrows(DnsException.class, () -> DnsQuery.read(message)).code();
  }

  private static byte[] changed(int place, int value) {
    byte[] query = DnsMessage.query(1, WWW);
    query[place] = (byte) value;
    return query;
  }

  @Test
  void onlyOneQuestionIsRead() throws Exception {
    assertEquals(WWW, DnsQuery.read(DnsMessage.query(1, WWW)).question());
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(changed(2, 0x81)));
    assertFalse(DnsQuery.isOne(changed(2, 0x81)));
    assertEquals(DnsMessage.NOT_IMPLEMENTED, refusal(changed(2, 0x11)));
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(changed(5, 0)));
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(changed(5, 2)));
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(changed(7, 1)));
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(changed(9, 1)));
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(changed(11, 1)));
    // CHAOS, in which servers tell their versions.
    assertEquals(DnsMessage.REFUSED, refusal(changed(32, 3)));
    byte[] longer = Arrays.copyOf(DnsMessage.query(1, WWW), 34);
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(longer));
  }

  @Test
  void anExtensionSaysHowLongDatagramsMayBe() throws Exception {
    byte[] query = DnsMessage.query(1, WWW);
    assertEquals(512, DnsQuery.read(query).datagram());
    assertEquals(512, DnsQuery.read(Asking.extended(query, 0, 0)).datagram());
    assertEquals(900, DnsQuery.read(Asking.extended(query, 900, 0)).datagram());
    assertEquals(1232, DnsQuery.read(Asking.extended(query, 65_535, 0)).datagram());
    assertEquals(3, DnsQuery.read(Asking.extended(query, 900, 3)).version());
    byte[] other = Asking.extended(query, 900, 0);
    other[query.length + 2] = 1;
    assertEquals(DnsMessage.FORMAT_ERROR, refusal(other));
  }

  private static byte[] response(String flags, byte[]... records) {
    var message = new ByteArrayOutputStream();
    message.writeBytes(DnsMessage.query(9, WWW));
    for (byte[] record : records) {
      message.writeBytes(record);
    }
    ByteBuffer header = ByteBuffer.wrap(message.toByteArray());
    header.putShort(2, (short) Integer.parseInt(flags, 16)).putShort(6, (short) records.length);
    return header.array();
  }

  private static byte[] a(String owner, long seconds, int last) {
    return FakeServer.record(
        owner, DnsMessage.A, seconds, new byte[] {(byte) 192, 0, 2, (byte) last});
  }

  @Test
  void aliasesAreFollowedInAnyOrder() throws Exception {
    byte[] message =
        response(
            "8180",
            a("c.example", 900, 1),
            FakeServer.alias("B.EXAMPLE", 50, "c.example"),
            a("other.example", 1, 9),
            FakeServer.alias("www.example.ORG", 70, "b.example"),
            a("C.example", 800, 2),
            a("c.example", 800, 1));
    assertEquals(
        new DnsAnswer(
            0,
            false,
            List.of(DnsName.of("b.example"), DnsName.of("c.example")),
            List.of(
                IpAddress.parse("192.0.2.1").orElseThrow(),
                IpAddress.parse("192.0.2.2").orElseThrow()),
            50),
        DnsAnswer.read(message, WWW));
  }

  @Test
  void aliasesWithoutAnEndAreRefused() throws Exception {
    byte[] circle =
        response(
            "8180",
            FakeServer.alias("www.example.org", 1, "b.example"),
            FakeServer.alias("b.example", 1, "www.example.org"));
    assertThrows(DnsException.class, () -> DnsAnswer.read(circle, WWW));
    for (int length : new int[] {DnsAnswer.MOST_ALIASES, DnsAnswer.MOST_ALIASES + 1}) {
      byte[][] chain = new byte[length + 1][];
      for (int i = 0; i < length; i++) {
        String owner = i == 0 ? "www.example.org" : "n" + i + ".example";
        chain[i] = FakeServer.alias(owner, 1, "n" + (i + 1) + ".example");
      }
      chain[length] = a("n" + length + ".example", 1, 1);
      byte[] message = response("8180", chain);
      if (length == DnsAnswer.MOST_ALIASES) {
        assertEquals(1, DnsAnswer.read(message, WWW).addresses().size());
      } else {
        assertThrows(DnsException.class, () -> DnsAnswer.read(message, WWW));
      }
    }
  }

  @Test
  void whatIsOfAnotherLengthOrAfterTheEndIsRefused() throws Exception {
    byte[] three = FakeServer.record("www.example.org", DnsMessage.A, 1, new byte[3]);
    assertThrows(DnsException.class, () -> DnsAnswer.read(response("8180", three), WWW));
    byte[] alias = FakeServer.record("www.example.org", DnsMessage.CNAME, 1, bytes("0161 00 00"));
    assertThrows(DnsException.class, () -> DnsAnswer.read(response("8180", alias), WWW));
    byte[] whole = response("8180", a("www.example.org", 1, 1));
    byte[] cut = Arrays.copyOf(whole, whole.length - 1);
    assertThrows(DnsException.class, () -> DnsAnswer.read(cut, WWW));
    // Where the server says that there is more, that is how it may look.
    assertTrue(DnsAnswer.read(FakeServer.truncated(cut), WWW).truncated());
  }

  @Test
  void timesAreWhatTheRfcLetsThemBe() throws Exception {
    byte[] never = response("8180", a("www.example.org", 0x8000_0001L, 1));
    assertEquals(0, DnsAnswer.read(never, WWW).seconds());
    byte[] years = response("8180", a("www.example.org", 0x7fff_ffffL, 1));
    assertEquals(86_400, DnsAnswer.read(years, WWW).seconds());
  }

  @Test
  void onlyTheAnswerToTheQuestionIsOne() {
    byte[] message = response("8180", a("www.example.org", 1, 1));
    assertTrue(DnsAnswer.isTo(message, 9, WWW));
    assertFalse(DnsAnswer.isTo(message, 8, WWW));
    assertFalse(DnsAnswer.isTo(response("0180"), 9, WWW));
    assertFalse(DnsAnswer.isTo(message, 9, new DnsQuestion(WWW.name(), DnsMessage.AAAA)));
    assertFalse(
        DnsAnswer.isTo(message, 9, new DnsQuestion(DnsName.of("w.example.org"), DnsMessage.A)));
    assertFalse(DnsAnswer.isTo(new byte[0], 9, WWW));
  }

  @Test
  void noMoreThan64AddressesAreTold() throws Exception {
    byte[][] records = new byte[100][];
    for (int i = 0; i < records.length; i++) {
      records[i] = a("www.example.org", 1, i);
    }
    DnsAnswer answer = DnsAnswer.read(response("8180", records), WWW);
    assertEquals(64, answer.addresses().size());
    // With the longest names on the way it has room in what is written at most.
    byte[] reply = DnsReply.of(DnsQuery.read(DnsMessage.query(1, WWW)), answer, 65_535);
    assertEquals(0, reply[2] & 0x02);
  }
}
