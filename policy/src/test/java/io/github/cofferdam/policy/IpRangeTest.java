package io.github.cofferdam.policy;

import static io.github.cofferdam.policy.IpAddressTest.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangeTest {

  static IpRange range(String text) {
    return IpRange.parse(text).orElseThrow(() -> new AssertionError(text));
  }

  /** Addresses, each with as many bits as it keeps. */
  static Arbitrary<IpRange> all() {
    return Combinators.combine(IpAddressTest.all(), Arbitraries.integers().between(0, 128))
        .as((address, bits) -> {
          int length = address.isV4() ? Math.max(bits, 96) : bits;
          BigInteger number = new BigInteger(1, address.mapped());
          BigInteger first = number.shiftRight(128 - length).shiftLeft(128 - length);
          return new IpRange(
              new IpAddress(first.shiftRight(64).longValue(), first.longValue()), length);
        });
  }

  @Provide
  Arbitrary<IpRange> ranges() {
    return all();
  }

  @Provide
  Arbitrary<IpAddress> addresses() {
    return IpAddressTest.all();
  }

  @Property
  void aTextMeansItsRange(@ForAll("ranges") IpRange range) {
    assertEquals(Optional.of(range), IpRange.parse(range.toString()));
    assertTrue(range.contains(range.first()));
  }

  @Property
  void aRangeHasWhatBeginsAsItDoes(
      @ForAll("ranges") IpRange range, @ForAll("addresses") IpAddress address) {
    int rest = 128 - range.length();
    boolean same =
        new BigInteger(1, range.first().mapped())
            .shiftRight(rest)
            .equals(new BigInteger(1, address.mapped()).shiftRight(rest));
    boolean family = range.first().isV4() == address.isV4();

    assertEquals(same && family, range.contains(address));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.0.0.0/8, ::ffff:10.1.2.3, true",
    "::ffff:10.0.0.0/104, 10.1.2.3, true",
    "0.0.0.0/0, 255.255.255.255, true",
    "0.0.0.0/0, ::1, false",
    "::/0, ::1, true",
    "::/0, 10.0.0.1, false",
    "::/0, ::ffff:10.0.0.1, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/32, 2001:db9::, false",
    "2001:db8::/65, 2001:db8::7fff:ffff:ffff:ffff, true",
    "2001:db8::/65, 2001:db8::8000:0:0:0, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1/32, 192.0.2.2, false",
  })
  void aRangeHasItsAddresses(String range, String address, boolean expected) {
    assertEquals(expected, range(range).contains(ip(address)));
  }

  @Test
  void whatARouterMakesOfAnAddressMayBeInARange() {
    for (String text :
        new String[] {"64:ff9b::a00:1", "2002:a00:1::", "2001::f5ff:fffe", "::10.0.0.1"}) {
      assertFalse(range("10.0.0.0/8").contains(ip(text)), text);
      assertTrue(range("10.0.0.0/8").mayContain(ip(text)), text);
      assertFalse(range("11.0.0.0/8").mayContain(ip(text)), text);
    }
    assertTrue(range("64:ff9b::/96").mayContain(ip("64:ff9b::a00:1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.1/8 | 10.0.0.1/8 has bits behind its prefix; write 10.0.0.0/8",
        "2001:db8::1/64 | 2001:db8::1/64 has bits behind its prefix; write 2001:db8::/64",
        "::ffff:10.0.0.1/104 | ::ffff:10.0.0.1/104 has bits behind its prefix; write 10.0.0.0/8",
        "10.0.0.0/33 | the prefix of 10.0.0.0/33 is no number from 0 to 32",
        "10.0.0.0/ | the prefix of 10.0.0.0/ is no number from 0 to 32",
        "10.0.0.0/08 | the prefix of 10.0.0.0/08 is no number from 0 to 32",
        "10.0.0.0/-1 | the prefix of 10.0.0.0/-1 is no number from 0 to 32",
        "10.0.0.0/255.0.0.0 | the prefix of 10.0.0.0/255.0.0.0 is no number from 0 to 32",
        "::/129 | the prefix of ::/129 is no number from 0 to 128",
        "::/999999999999 | the prefix of ::/999999999999 is no number from 0 to 128",
      })
  void whatIsWrongWithItIsSaid(String text, String message) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> IpRange.parse(text)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "example.org", "example.org/8", "10.0.0/8", "10/8"})
  void whatIsNoAddressIsNoRange(String text) {
    assertEquals(Optional.empty(), IpRange.parse(text));
  }

  @Test
  void theConstructorChecks() {
    assertThrows(IllegalArgumentException.class, () -> new IpRange(ip("10.0.0.1"), 104));
    assertThrows(IllegalArgumentException.class, () -> new IpRange(ip("::"), 129));
    assertThrows(IllegalArgumentException.class, () -> new IpRange(ip("::"), -1));
    assertTrue(IpRange.of(ip("10.0.0.1")).isOne());
    assertFalse(range("10.0.0.0/31").isOne());
    assertEquals("10.0.0.0/8", new IpRange(ip("10.0.0.0"), 104).toString());
  }

  @Test
  void metadataServicesAreKnownInAllSpellings() {
    for (String text :
        new String[] {
          "169.254.169.254",
          "::ffff:169.254.169.254",
          "64:ff9b::169.254.169.254",
          "2002:a9fe:a9fe::",
          "fd00:ec2::254",
          "168.63.129.16",
          "100.100.100.200",
        }) {
      assertTrue(MetadataServices.contains(ip(text)), text);
    }
    for (String text : new String[] {"169.254.169.253", "127.0.0.1", "fd00:ec2::253", "::1"}) {
      assertFalse(MetadataServices.contains(ip(text)), text);
    }
    assertTrue(MetadataServices.addresses().stream().allMatch(IpRange::isOne));
  }

  /** Which of these prefixes a network uses, nobody knows: RFC 6052, 2.2, and RFC 8215. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:a9:fe:a9fe::",
        "64:ff9b:1:0:a9:fea9:fe00:0",
        "64:ff9b:1:7:a9:fea9:fe00:1"
      })
  void whatARouterMayMakeOfAnAddress(String text) {
    IpRange service = IpRange.parse("169.254.169.254").orElseThrow();
    IpAddress address = IpAddress.parse(text).orElseThrow();
    assertTrue(service.mayContain(address));
    assertFalse(service.contains(address));
    assertFalse(IpRange.parse("169.254.169.253").orElseThrow().mayContain(address));
    assertTrue(MetadataServices.contains(address));
  }
}
