package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An address as calls have it, {@code struct sockaddr}, copied from a program's memory.
 *
 * <pre>
 *              0        2        4                8        16        24       28
 *              +--------+--------+----------------+--------+
 *  sockaddr_in | family | port   | address        | 0      |
 *              | host's | net's  | 4 bytes        |        |
 *              +--------+--------+----------------+--------+---------+--------+
 *  sockaddr_in6| family | port   | flow label     | address, 16      | scope  |
 *              +--------+--------+----------------+--------+---------+--------+
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/ip.7.html">ip(7)</a>, ipv6(7)
 */
sealed interface SocketName {
  /** As long as the kernel takes them: {@code struct sockaddr_storage}. */
  int LONGEST = 128;

  int AF_UNSPEC = 0;
  int AF_UNIX = 1;
  int AF_INET = 2;
  int AF_INET6 = 10;

  /** What the kernel wants at least: all of sockaddr_in, and all but the scope of sockaddr_in6. */
  int V4_SIZE = 16;

  int V6_SIZE = 24;

  int V4_ADDRESS = 4;
  int V6_ADDRESS = 8;

  /** With the scope. */
  int V6_FULL_SIZE = 28;

  /** An address of the internet, however it is spelled: of IPv4 within IPv6 as well. */
  record Internet(IpAddress address, int port, Copy copy) implements SocketName {
    /**
     * {@return where one gets who goes there}: to loopback by 0.0.0.0 and ::, which the kernel
     * would take for whatever address the socket itself has
     */
    Internet reached() {
      if (!address.isUnspecified()) {
        return this;
      }
      byte[] bytes = copy.bytes();
      boolean v6 = Short.toUnsignedInt(buffer(bytes).getShort(0)) == AF_INET6;
      IpAddress own = address.isV4() ? IpAddress.LOOPBACK_V4 : IpAddress.LOOPBACK_V6;
      byte[] of = v6 ? own.mapped() : own.bytes();
      System.arraycopy(of, 0, bytes, v6 ? V6_ADDRESS : V4_ADDRESS, of.length);
      return new Internet(own, port, new Copy(bytes));
    }
  }

  /** No address: a connection is dissolved. */
  record Unspecified(Copy copy) implements SocketName {}

  /** A path, or a name of the abstract name space. */
  record Local() implements SocketName {}

  /** Something that no socket of the internet takes. */
  record Foreign(int family) implements SocketName {}

  /** Shorter than its family wants it. */
  record TooShort() implements SocketName {}

  /** The bytes that were judged, which are the ones that the kernel gets. */
  final class Copy {
    private final byte[] bytes;

    private Copy(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes.clone();
    }
  }

  /**
   * Reads an address.
   *
   * @param unspecifiedIsV4 whether the call takes a name without a family for one of IPv4, as
   *     sendto and bind do
   */
  static SocketName parse(byte[] bytes, boolean unspecifiedIsV4) {
    if (bytes.length < Short.BYTES) {
      return new TooShort();
    }
    int family = Short.toUnsignedInt(buffer(bytes).getShort(0));
    return switch (family) {
      case AF_UNSPEC ->
          unspecifiedIsV4 && bytes.length >= V4_SIZE ? v4(bytes) : new Unspecified(new Copy(bytes));
      case AF_INET -> bytes.length < V4_SIZE ? new TooShort() : v4(bytes);
      case AF_INET6 -> bytes.length < V6_SIZE ? new TooShort() : v6(bytes);
      case AF_UNIX -> new Local();
      default -> new Foreign(family);
    };
  }

  private static SocketName v4(byte[] bytes) {
    return new Internet(
        IpAddress.of(Arrays.copyOfRange(bytes, V4_ADDRESS, V4_ADDRESS + 4)),
        port(bytes),
        new Copy(bytes));
  }

  private static SocketName v6(byte[] bytes) {
    return new Internet(
        IpAddress.of(Arrays.copyOfRange(bytes, V6_ADDRESS, V6_SIZE)), port(bytes), new Copy(bytes));
  }

  /** In network order, as all numbers of the protocols. */
  private static int port(byte[] bytes) {
    return (bytes[2] & 0xff) << Byte.SIZE | (bytes[3] & 0xff);
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  /** {@return the bytes of an address for a socket of IPv4, or of IPv6} */
  static byte[] bytes(IpAddress address, int port, boolean v6) {
    byte[] bytes = new byte[v6 ? V6_FULL_SIZE : V4_SIZE];
    buffer(bytes).putShort(0, (short) (v6 ? AF_INET6 : AF_INET));
    bytes[2] = (byte) (port >>> Byte.SIZE);
    bytes[3] = (byte) port;
    byte[] of = v6 ? address.mapped() : address.bytes();
    System.arraycopy(of, 0, bytes, v6 ? V6_ADDRESS : V4_ADDRESS, of.length);
    return bytes;
  }
}
