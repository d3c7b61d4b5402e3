package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.cofferdam.policy.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses as calls have them. */
class SocketNameTest {
  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static byte[] family(int family, int length) {
    return ByteBuffer.allocate(length)
        .order(ByteOrder.nativeOrder())
        .putShort((short) family)
        .array();
  }

  private static SocketName.Internet internet(byte[] bytes) {
    return assertInstanceOf(SocketName.Internet.class, SocketName.parse(bytes, true));
  }

  @ParameterizedTest
  @CsvSource({
    "1.2.3.4, 80, false, 1.2.3.4",
    "1.2.3.4, 65535, true, 1.2.3.4",
    "::ffff:1.2.3.4, 80, true, 1.2.3.4",
    "2600::1, 443, true, 2600::1",
    "0.0.0.0, 0, false, 0.0.0.0",
    "::, 0, true, ::"
  })
  void writesWhatItReads(String address, int port, boolean v6, String read) {
    byte[] bytes = SocketName.bytes(ip(address), port, v6);
    assertEquals(v6 ? 28 : 16, bytes.length);
    SocketName.Internet name = internet(bytes);
    assertEquals(ip(read), name.address());
    assertEquals(port, name.port());
    assertArrayEquals(bytes, name.copy().bytes());
  }

  @Test
  void theBytesAreThoseOfTheKernel() {
    byte[] v4 = SocketName.bytes(ip("1.2.3.4"), 0x1234, false);
    assertArrayEquals(new byte[] {2, 0, 0x12, 0x34, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0}, v4);
    byte[] v6 = SocketName.bytes(ip("1.2.3.4"), 0x1234, true);
    assertArrayEquals(
        new byte[] {
          10, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 1, 2, 3, 4, 0, 0, 0,
          0
        },
        v6);
  }

  @Test
  void familiesAndLengths() {
    assertInstanceOf(SocketName.TooShort.class, SocketName.parse(new byte[0], true));
    assertInstanceOf(SocketName.TooShort.class, SocketName.parse(new byte[1], true));
    assertInstanceOf(SocketName.TooShort.class, SocketName.parse(family(2, 15), true));
    assertInstanceOf(SocketName.TooShort.class, SocketName.parse(family(10, 23), true));
    internet(family(2, 16));
    // Without the scope, as RFC 2133 had it.
    internet(family(10, 24));
    internet(family(2, 128));
    assertInstanceOf(SocketName.Local.class, SocketName.parse(family(1, 2), true));
    assertInstanceOf(SocketName.Local.class, SocketName.parse(family(1, 110), true));
    assertEquals(new SocketName.Foreign(16), SocketName.parse(family(16, 12), true));
    assertEquals(new SocketName.Foreign(0xffff), SocketName.parse(family(0xffff, 12), true));
    assertInstanceOf(SocketName.Unspecified.class, SocketName.parse(family(0, 16), false));
    assertInstanceOf(SocketName.Unspecified.class, SocketName.parse(family(0, 15), true));
    assertEquals(ip("0.0.0.0"), internet(family(0, 16)).address());
  }

  /** What the caller changes afterwards is not what was judged. */
  @Test
  void copiesStayAsTheyAre() {
    byte[] bytes = SocketName.bytes(ip("1.2.3.4"), 80, false);
    SocketName.Internet name = internet(bytes.clone());
    name.copy().bytes()[4] = 99;
    assertArrayEquals(bytes, name.copy().bytes());
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, false, 127.0.0.1",
    "0.0.0.0, true, 127.0.0.1",
    "::, true, ::1",
  })
  void whoAsksForNobodyGetsLoopback(String address, boolean v6, String reached) {
    SocketName.Internet name = internet(SocketName.bytes(ip(address), 8080, v6)).reached();
    assertEquals(ip(reached), name.address());
    assertEquals(8080, name.port());
    assertArrayEquals(SocketName.bytes(ip(reached), 8080, v6), name.copy().bytes());
    assertSame(name, name.reached());
    // A name without a family is one of IPv4 where such names are.
    byte[] none = family(0, 16);
    assertArrayEquals(
        new byte[] {0, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
        internet(none).reached().copy().bytes());
  }

  @Property
  void everythingIsReadSomehow(
      @ForAll @Size(max = 128) byte[] bytes, @ForAll boolean unspecifiedIsV4) {
    SocketName name = SocketName.parse(bytes, unspecifiedIsV4);
    if (name instanceof SocketName.Internet internet) {
      boolean v6 = bytes[0] == 10;
      byte[] address = Arrays.copyOfRange(bytes, v6 ? 8 : 4, v6 ? 24 : 8);
      assertEquals(IpAddress.of(address), internet.address());
      assertArrayEquals(bytes, internet.copy().bytes());
    }
  }

  @Property
  void portsAreInNetworkOrder(@ForAll @IntRange(max = 65_535) int port, @ForAll boolean v6) {
    assertEquals(port, internet(SocketName.bytes(ip("1.2.3.4"), port, v6)).port());
  }
}
