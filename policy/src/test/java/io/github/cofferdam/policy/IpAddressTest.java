package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

  static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow(() -> new AssertionError(text));
  }

  /** Mostly zeros and ones, which the texts of addresses are about. */
  static Arbitrary<IpAddress> all() {
    Arbitrary<Integer> group =
        Arbitraries.oneOf(
            Arbitraries.of(0, 0, 0, 1, 0xffff, 0x64, 0xff9b),
            Arbitraries.integers().between(0, 0xffff));
    Arbitrary<IpAddress> v6 =
        group
            .list()
            .ofSize(8)
            .map(groups -> {
              byte[] bytes = new byte[16];
              for (int i = 0; i < 8; i++) {
                bytes[2 * i] = (byte) (groups.get(i) >> 8);
                bytes[2 * i + 1] = (byte) (int) groups.get(i);
              }
              return IpAddress.of(bytes);
            });
    return Arbitraries.oneOf(v6, Arbitraries.integers().map(IpAddress::v4));
  }

  @Provide
  Arbitrary<IpAddress> addresses() {
    return all();
  }

  @Property
  void aTextMeansItsAddress(@ForAll("addresses") IpAddress address) {
    assertEquals(Optional.of(address), IpAddress.parse(address.toString()));
    assertEquals(Optional.of(address), IpAddress.parseBeforePort(address.beforePort()));
  }

  @Property
  void bytesMeanTheirAddress(@ForAll("addresses") IpAddress address) {
    assertEquals(address, IpAddress.of(address.bytes()));
    assertEquals(address, IpAddress.of(address.mapped()));
    assertEquals(address.isV4() ? 4 : 16, address.bytes().length);
  }

  /** What the JDK reads and writes is the other opinion. */
  @Property
  void theJdkAgrees(@ForAll("addresses") IpAddress address) throws UnknownHostException {
    assertArrayEquals(address.bytes(), InetAddress.getByName(address.toString()).getAddress());
    InetAddress theirs = InetAddress.getByAddress(address.mapped());
    assertEquals(Optional.of(address), IpAddress.parse(theirs.getHostAddress()));
  }

  @Property
  void noTextMakesItThrow(@ForAll("texts") String text) {
    IpAddress.parse(text)
        .ifPresent(
            address -> assertEquals(Optional.of(address), IpAddress.parse(address.toString())));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.strings(),
        Arbitraries.strings().withChars("0123456789abcdefABCDEFx:.%/[]").ofMaxLength(45));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::ffff:127.0.0.1, 127.0.0.1",
    "::FFFF:7f00:1, 127.0.0.1",
    "0:0:0:0:0:ffff:10.1.2.3, 10.1.2.3",
    "::, ::",
    "::1, ::1",
    "0:0:0:0:0:0:0:1, ::1",
    "2001:DB8::0001, 2001:db8::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "1::2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    "::1.2.3.4, ::102:304",
    "fe80::, fe80::",
  })
  void oneAddressHasOneText(String text, String expected) {
    assertEquals(expected, ip(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "127.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4 ",
        " 1.2.3.4",
        "01.2.3.4",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "+1.2.3.4",
        "-1.2.3.4",
        "1.2..4",
        "1.2.3.",
        "\u0661.2.3.4",
        "\uff11.2.3.4",
        ":",
        ":::",
        "1:",
        ":1",
        ":1::2",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4:5",
        "::1.2.3.04",
        "::1.2.3",
        "1.2.3.4::",
        "::12345",
        "::g",
        "::-1",
        "::+1",
        "fe80::1%eth0",
        "fe80::1%1",
        "[::1]",
        "::1/128",
      })
  void whatIsNoAddressIsNone(String text) {
    assertEquals(Optional.empty(), IpAddress.parse(text));
  }

  @Test
  void otherNumbersOfBytesAreNone() {
    assertThrows(IllegalArgumentException.class, () -> IpAddress.of(new byte[5]));
    assertThrows(IllegalArgumentException.class, () -> IpAddress.of());
  }

  @ParameterizedTest
  @CsvSource({
    "64:ff9b::192.0.2.33, 192.0.2.33",
    "64:ff9b::a9fe:a9fe, 169.254.169.254",
    "64:ff9b:1::10.0.0.1, 10.0.0.1",
    "64:ff9b:1:ffff::10.0.0.1, 10.0.0.1",
    "2002:7f00:1::, 127.0.0.1",
    "2002:a9fe:a9fe::1, 169.254.169.254",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2, 192.0.2.45",
    "2001::5601:5601, 169.254.169.254",
    "::ffff:0:10.0.0.1, 10.0.0.1",
    "::169.254.169.254, 169.254.169.254",
    "::1, ",
    "::, ",
    "::ffff:10.0.0.1, ",
    "10.0.0.1, ",
    "64:ff9b:0:0:0:1:a00:1, ",
    "64:ff9b:2::10.0.0.1, ",
    "2001:1::5601:5601, ",
    "2003:7f00:1::, ",
    "2001:db8::10.0.0.1, ",
  })
  void embeddedAddressesAreFound(String text, String expected) {
    assertEquals(Optional.ofNullable(expected), ip(text).embedded().map(IpAddress::toString));
  }

  @ParameterizedTest
  @CsvSource({
    "8.8.8.8, PUBLIC",
    "9.255.255.255, PUBLIC",
    "10.0.0.0, PRIVATE",
    "10.255.255.255, PRIVATE",
    "11.0.0.0, PUBLIC",
    "100.63.255.255, PUBLIC",
    "100.64.0.0, PRIVATE",
    "100.127.255.255, PRIVATE",
    "100.128.0.0, PUBLIC",
    "172.15.255.255, PUBLIC",
    "172.16.0.0, PRIVATE",
    "172.31.255.255, PRIVATE",
    "172.32.0.0, PUBLIC",
    "192.168.0.0, PRIVATE",
    "192.169.0.0, PUBLIC",
    "0.0.0.0, LOOPBACK",
    "0.255.255.255, LOOPBACK",
    "1.0.0.0, PUBLIC",
    "126.255.255.255, PUBLIC",
    "127.0.0.0, LOOPBACK",
    "127.255.255.255, LOOPBACK",
    "128.0.0.0, PUBLIC",
    "169.253.255.255, PUBLIC",
    "169.254.0.0, LINK_LOCAL",
    "169.254.255.255, LINK_LOCAL",
    "169.255.0.0, PUBLIC",
    "192.0.0.1, RESERVED",
    "192.0.1.0, PUBLIC",
    "192.0.2.1, RESERVED",
    "198.17.255.255, PUBLIC",
    "198.18.0.0, RESERVED",
    "198.19.255.255, RESERVED",
    "198.20.0.0, PUBLIC",
    "198.51.100.1, RESERVED",
    "203.0.113.1, RESERVED",
    "223.255.255.255, PUBLIC",
    "224.0.0.1, MANY",
    "239.255.255.255, MANY",
    "240.0.0.0, RESERVED",
    "255.255.255.254, RESERVED",
    "255.255.255.255, MANY",
    "::, LOOPBACK",
    "::1, LOOPBACK",
    "::2, RESERVED",
    "::ffff:127.0.0.1, LOOPBACK",
    "::7f00:1, LOOPBACK",
    "::8.8.8.8, PUBLIC",
    "64:ff9b::127.0.0.1, LOOPBACK",
    "64:ff9b::10.0.0.1, PRIVATE",
    "64:ff9b::8.8.8.8, PUBLIC",
    "64:ff9b:1::8.8.8.8, PRIVATE",
    "64:ff9b:1::169.254.169.254, LINK_LOCAL",
    "2002:a00:1::, PRIVATE",
    "2002:808:808::, PUBLIC",
    "2001::5601:5601, LINK_LOCAL",
    "fbff::, RESERVED",
    "fc00::, PRIVATE",
    "fdff:ffff::1, PRIVATE",
    "fe7f::, RESERVED",
    "fe80::1, LINK_LOCAL",
    "febf::1, LINK_LOCAL",
    "fec0::1, PRIVATE",
    "feff::1, PRIVATE",
    "ff02::1, MANY",
    "1fff::, RESERVED",
    "2000::, PUBLIC",
    "2001:2::1, RESERVED",
    "2001:2:1::1, PUBLIC",
    "2001:db7::1, PUBLIC",
    "2001:db8::1, RESERVED",
    "2001:db9::1, PUBLIC",
    "3fff::1, RESERVED",
    "3fff:fff:ffff::1, RESERVED",
    "3fff:1000::1, PUBLIC",
    "4000::, RESERVED",
    "100::1, RESERVED",
  })
  void everyAddressIsOfAKind(String text, IpAddress.Kind kind) {
    assertEquals(kind, ip(text).kind());
  }

  @Property
  void spellingsOfOneAddressAreOfOneKind(@ForAll int number) {
    IpAddress address = IpAddress.v4(number);

    assertEquals(address.kind(), ip("::ffff:" + address).kind());
    assertEquals(address.kind(), ip("64:ff9b::" + address).kind());
    assertEquals(Optional.of(address), ip("64:ff9b::" + address).embedded());
  }

  @Test
  void unspecifiedOnesAreTwo() {
    assertTrue(ip("0.0.0.0").isUnspecified());
    assertTrue(ip("::").isUnspecified());
    assertTrue(ip("::ffff:0:0").isUnspecified());
    assertFalse(ip("0.0.0.1").isUnspecified());
    assertFalse(ip("::1").isUnspecified());
  }
}
