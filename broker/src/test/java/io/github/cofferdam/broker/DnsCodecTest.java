package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever bytes come, they are read as what they say or refused; and what is written is read. */
class DnsCodecTest {
  private static final DnsQuestion QUESTION =
      new DnsQuestion(DnsName.of("www.example.org"), DnsMessage.A);

  @Provide
  static Arbitrary<DnsName> names() {
    Arbitrary<String> label =
        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMinLength(1).ofMaxLength(63);
    return label
        .list()
        .ofMaxSize(5)
        .filter(labels -> labels.stream().mapToInt(each -> each.length() + 1).sum() < 255)
        .map(labels -> {
          var wire = new StringBuilder();
          labels.forEach(each -> wire.append((char) each.length()).append(each));
          return new DnsName(wire.append('\0').toString());
        });
  }

  @Provide
  static Arbitrary<DnsAnswer> answers() {
    Arbitrary<IpAddress> addresses =
        Arbitraries.bytes()
            .array(byte[].class)
            .ofSize(16)
            .map(IpAddress::of)
            .filter(address -> !address.isV4());
    return Combinators.combine(
            names().list().ofMaxSize(4).uniqueElements(),
            addresses.list().ofMinSize(1).ofMaxSize(DnsAnswer.MOST_ADDRESSES).uniqueElements(),
            Arbitraries.longs().between(0, DnsMessage.LONGEST_LIFE))
        .as((aliases, some, seconds) -> new DnsAnswer(0, false, aliases, some, seconds));
  }

  /** Fails by any other exception, and by any byte beyond the end. */
  private static void readEverything(byte[] message, DnsQuestion question) {
    try {
      DnsQuery.read(message);
    } catch (DnsException e) {
      assertTrue(e.code() > 0);
    }
    DnsAnswer.isTo(message, 0, question);
    try {
      DnsAnswer answer = DnsAnswer.read(message, question);
      assertTrue(answer.aliases().size() <= DnsAnswer.MOST_ALIASES);
      assertTrue(answer.addresses().size() <= DnsAnswer.MOST_ADDRESSES);
    } catch (DnsException e) {
      assertEquals(DnsMessage.FORMAT_ERROR, e.code());
    }
  }

  @Property
  void anyBytesAreRefusedOrRead(@ForAll @Size(max = 600) byte[] message) {
    readEverything(message, QUESTION);
  }

  @Property
  void soAreMessagesWithWrongBytes(
      @ForAll("answers") DnsAnswer answer,
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 8000) Integer> places,
      @ForAll byte value,
      @ForAll @IntRange(max = 300) int cut)
      throws DnsException {
    byte[] message = reply(answer, DnsReply.LONGEST);
    for (int place : places) {
      message[place % message.length] = value;
    }
    readEverything(Arrays.copyOf(message, Math.max(0, message.length - cut)), QUESTION);
  }

  private static byte[] reply(DnsAnswer answer, int limit) throws DnsException {
    var question = new DnsQuestion(QUESTION.name(), DnsMessage.AAAA);
    DnsQuery query = DnsQuery.read(Asking.extended(DnsMessage.query(7, question), 4096, 0));
    return DnsReply.of(query, answer, limit);
  }

  @Property
  void whatIsAskedIsRead(
      @ForAll("names") DnsName name,
      @ForAll @IntRange(max = 0xffff) int id,
      @ForAll @IntRange(max = 0xffff) int type)
      throws DnsException {
    var question = new DnsQuestion(name, type);
    DnsQuery query = DnsQuery.read(DnsMessage.query(id, question));
    assertEquals(new DnsQuery(id, true, name.wire(), question, false, 0, 512), query);
  }

  @Property
  void whatIsAnsweredIsRead(@ForAll("answers") DnsAnswer answer) throws DnsException {
    var question = new DnsQuestion(QUESTION.name(), DnsMessage.AAAA);
    var leading = new HashSet<>(answer.aliases());
    if (leading.contains(question.name())) {
      return;
    }
    byte[] message = reply(answer, DnsReply.LONGEST);
    assertTrue(DnsAnswer.isTo(message, 7, question));
    assertEquals(answer, DnsAnswer.read(message, question));
  }

  @Property
  void aReplyHasRoomOrSaysThatItHasNot(
      @ForAll("answers") DnsAnswer answer, @ForAll @IntRange(min = 512, max = 1232) int limit)
      throws DnsException {
    byte[] whole = reply(answer, DnsReply.LONGEST);
    byte[] message = reply(answer, limit);
    assertTrue(message.length <= limit);
    assertEquals(whole.length > limit, (message[2] & 0x02) != 0);
    // Whole records, and an extension behind them, are in it all the same.
    var reader = new DnsReader(message);
    reader.skip(6);
    int records = reader.u16();
    reader.skip(4);
    reader.spelling(false);
    reader.skip(4);
    for (int i = 0; i < records; i++) {
      reader.name();
      reader.skip(8);
      reader.skip(reader.u16());
    }
    assertEquals(".", reader.name().text());
    assertEquals(DnsMessage.OPT, reader.u16());
    reader.skip(8);
    assertTrue(reader.atEnd());
  }

  @Property
  void noTwoNamesHaveTheSameText(@ForAll("names") DnsName one, @ForAll("names") DnsName other) {
    assertEquals(one.equals(other), one.text().equals(other.text()));
    assertTrue(one.text().chars().allMatch(c -> c > ' ' && c < 0x7f));
    assertEquals(one, new DnsName(one.wire()));
    if (one.isPlain()) {
      assertEquals(one, DnsName.of(one.text()));
    }
  }

  @Property
  void upperAndLowerCaseAreOne(@ForAll("names") DnsName name) {
    var upper = new StringBuilder();
    name.wire().chars().forEach(c -> upper.append((char) (c >= 'a' && c <= 'z' ? c - 32 : c)));
    assertEquals(name, new DnsName(upper.toString()));
  }

  @Provide
  static Arbitrary<byte[]> pointers() {
    // Pairs that are pointers to anywhere, or short labels.
    Arbitrary<Integer> pair =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0xc000, 0xc07f),
            Arbitraries.integers().between(0, 3).map(length -> length << 8 | 'a'));
    return pair.list()
        .ofSize(64)
        .map(pairs -> {
          ByteBuffer message = ByteBuffer.allocate(2 * pairs.size());
          pairs.forEach(each -> message.putShort(each.shortValue()));
          return message.array();
        });
  }

  @Property
  void pointersComeToAnEnd(@ForAll("pointers") byte[] message) {
    for (int at = DnsMessage.HEADER; at < message.length; at++) {
      var reader = new DnsReader(message);
      try {
        reader.skip(at);
        String spelling = reader.spelling(true);
        assertTrue(spelling.endsWith("\0") && spelling.length() <= 255);
        assertTrue(reader.position() > at && reader.position() <= message.length);
      } catch (DnsException e) {
        assertEquals(DnsMessage.FORMAT_ERROR, e.code());
      }
    }
  }
}
