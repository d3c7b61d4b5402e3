package io.github.cofferdam.policy;

import java.util.Optional;

/**
 * Addresses that begin with the same bits, or one address.
 *
 * @param first the first of them
 * @param length how many bits of the 128 they have in common, of {@link IpAddress}'s form: 96 and
 *     more of IPv4 addresses
 */
public record IpRange(IpAddress first, int length) {
  private static final int V6_BITS = 128;
  private static final int V4_BITS = 32;

  /**
   * Checks the length, and that nothing stands behind it.
   *
   * @throws IllegalArgumentException if the first address has bits behind the length
   */
  public IpRange {
    if (length < 0 || length > V6_BITS) {
      throw new IllegalArgumentException("a prefix has 0 to 128 bits");
    }
    if ((first.high() & ~high(length)) != 0 || (first.low() & ~low(length)) != 0) {
      throw new IllegalArgumentException(first + " has bits behind the prefix");
    }
  }

  /** {@return the range of one address} */
  public static IpRange of(IpAddress only) {
    return new IpRange(only, V6_BITS);
  }

  /**
   * {@return the range of a text: an address, or CIDR such as {@code 10.0.0.0/8}}
   *
   * @throws IllegalArgumentException if it looks like one and is none
   */
  public static Optional<IpRange> parse(String text) {
    int slash = text.indexOf('/');
    Optional<IpAddress> address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty() || slash < 0) {
      return address.map(IpRange::of);
    }
    int bits = address.get().isV4() && text.indexOf(':') < 0 ? V4_BITS : V6_BITS;
    String number = text.substring(slash + 1);
    boolean decimal = number.matches("0|[1-9][0-9]{0,2}");
    if (!decimal || Integer.parseInt(number) > bits) {
      throw new IllegalArgumentException(
          "the prefix of " + text + " is no number from 0 to " + bits);
    }
    int length = Integer.parseInt(number) + V6_BITS - bits;
    IpAddress first =
        new IpAddress(address.get().high() & high(length), address.get().low() & low(length));
    if (!first.equals(address.get())) {
      throw new IllegalArgumentException(
          text + " has bits behind its prefix; write " + new IpRange(first, length));
    }
    return Optional.of(new IpRange(first, length));
  }

  private static long high(int length) {
    return length >= Long.SIZE ? -1 : length == 0 ? 0 : -1L << (Long.SIZE - length);
  }

  private static long low(int length) {
    return length <= Long.SIZE ? 0 : -1L << (V6_BITS - length);
  }

  /**
   * {@return whether an address is one of them} IPv4 addresses are in ranges of IPv4 addresses
   * only: {@code ::/0} means IPv6, as elsewhere.
   */
  public boolean contains(IpAddress address) {
    return address.isV4() == first.isV4()
        && (address.high() & high(length)) == first.high()
        && (address.low() & low(length)) == first.low();
  }

  /**
   * {@return whether an address is one of them, or a router may make one of them of it} For what is
   * denied: the sandbox does not know which routers there are.
   *
   * @see IpAddress#embedded
   */
  public boolean mayContain(IpAddress address) {
    return contains(address) || address.translations().stream().anyMatch(this::contains);
  }

  /** {@return whether it is one address} */
  public boolean isOne() {
    return length == V6_BITS;
  }

  /** {@return the address, or CIDR} */
  @Override
  public String toString() {
    boolean v4 = first.isV4() && length >= V6_BITS - V4_BITS;
    return isOne() ? first.toString() : first + "/" + (v4 ? length - (V6_BITS - V4_BITS) : length);
  }
}
