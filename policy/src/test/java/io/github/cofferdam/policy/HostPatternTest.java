package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPatternTest {

  static Arbitrary<HostPattern> all() {
    Arbitrary<String> label =
        Arbitraries.of("example", "a", "0a", "a-b", "_dmarc", "xn--bcher-kva", "x".repeat(63));
    Arbitrary<String> name =
        label.list().ofMinSize(1).ofMaxSize(3).map(labels -> String.join(".", labels) + ".org");
    return Arbitraries.oneOf(
        name.map(HostPattern.Name::new),
        name.map(HostPattern.Subdomains::new),
        IpRangeTest.all().map(HostPattern.Addresses::new),
        Arbitraries.just(new HostPattern.Any()));
  }

  @Provide
  Arbitrary<HostPattern> patterns() {
    return all();
  }

  @Property
  void aTextMeansItsPattern(@ForAll("patterns") HostPattern pattern) {
    assertEquals(pattern, HostPattern.parse(pattern.toString()));
  }

  /** What is taken means the same when it is written and read again. */
  @Property
  void everyTextIsAPatternOrRefused(@ForAll("texts") String text) {
    HostPattern pattern;
    try {
      pattern = HostPattern.parse(text);
    } catch (IllegalArgumentException e) {
      assertFalse(String.valueOf(e.getMessage()).isEmpty());
      return;
    }
    assertEquals(pattern, HostPattern.parse(pattern.toString()));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.strings(),
        Arbitraries.strings()
            .withChars("aZ09-_.*:/[]%x\u00e9\u00df\u3002\uff11\u200b\ud83d\ude00")
            .ofMaxLength(20));
  }

  @ParameterizedTest
  @CsvSource({
    "example.org, example.org",
    "EXAMPLE.Org, example.org",
    "example.org., example.org",
    "localhost, localhost",
    "b\u00fccher.example, xn--bcher-kva.example",
    "*.b\u00fccher.example, *.xn--bcher-kva.example",
    "example\u3002org, example.org",
    "*.Example.org., *.example.org",
    "*, *",
    "10.0.0.0/8, 10.0.0.0/8",
    "10.0.0.1/32, 10.0.0.1",
    "::ffff:10.0.0.1, 10.0.0.1",
    "[2001:DB8::1], 2001:db8::1",
    "[2001:db8::/32], 2001:db8::/32",
    "4.example, 4.example",
    "0x7f.example, 0x7f.example",
    "_sip._tcp.example.org, _sip._tcp.example.org",
  })
  void onePatternHasOneText(String text, String expected) {
    assertEquals(expected, HostPattern.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "example..org",
        ".example.org",
        "example.org..",
        "-a.example",
        "a-.example",
        "a b",
        " example.org",
        "exa\tmple",
        "*.",
        "**",
        "*example.org",
        "*.*.example.org",
        "a.*.example",
        "http://example.org",
        "example.org/path",
        "example.org/8",
        "example.org:443",
        "user@example.org",
        "fe80::1%eth0",
        "[example.org]",
        "[10.0.0.1]",
        "[::1",
        "::1]",
        "[]",
        "1::2::3",
        "\ud800.example",
      })
  void whatIsNoHostIsSaidToBeNone(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> HostPattern.parse(text)).getMessage();
    assertTrue(String.valueOf(message).contains(" is not a host"), message);
  }

  /** inet_aton(3) takes all of these for addresses, and so do many programs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.01",
        "1.2.3.256",
        "256.1",
        "0x",
        "a.1",
        "*.1",
        "\uff11\uff12\uff17.1",
      })
  void numbersThatProgramsReadAsAddressesAreNoNames(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> HostPattern.parse(text)).getMessage();
    assertTrue(
        String.valueOf(message)
            .endsWith(
                " is neither a name nor an address; write IPv4 addresses as four decimal numbers"),
        message);
  }

  @Test
  void lengthsAreLimited() {
    String label = "a".repeat(63);
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertEquals(HostPattern.LONGEST, longest.length());
    assertInstanceOf(HostPattern.Name.class, HostPattern.parse(longest));
    assertThrows(IllegalArgumentException.class, () -> HostPattern.parse(longest + "a"));
    assertThrows(IllegalArgumentException.class, () -> HostPattern.parse(label + "a.example"));
  }

  @Test
  void constructorsTakeOneFormOnly() {
    for (String name :
        new String[] {"", "Example.org", "example.org.", "a b", "127.1", "*.a", "b\u00fccher"}) {
      assertThrows(IllegalArgumentException.class, () -> new HostPattern.Name(name), name);
      assertThrows(IllegalArgumentException.class, () -> new HostPattern.Subdomains(name), name);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "*, example.org, true",
    "example.org, example.org, true",
    "example.org, www.example.org, false",
    "example.org, notexample.org, false",
    "*.example.org, example.org, false",
    "*.example.org, www.example.org, true",
    "*.example.org, a.b.example.org, true",
    "*.example.org, notexample.org, false",
    "*.example.org, example.org.evil.example, false",
    "10.0.0.0/8, example.org, false",
  })
  void namesMatch(String pattern, String name, boolean expected) {
    assertEquals(expected, HostPattern.parse(pattern).matches(name));
  }
}
