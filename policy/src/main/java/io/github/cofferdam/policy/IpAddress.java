package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An IP address, which all its spellings have in common: an IPv4 address and its IPv4-mapped IPv6
 * form are one value, since the kernel sends both to the same host.
 *
 * <pre>
 *             high                 low
 *   IPv6      first 64 bits        last 64 bits
 *   IPv4      0                    0000ffff aabbccdd
 * </pre>
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4291">RFC 4291</a>
 */
public record IpAddress(long high, long low) {
  /** Whom an address may reach, see {@link #kind}. */
  public enum Kind {
    /** Hosts of the internet. */
    PUBLIC,
    /**
     * Hosts of networks that are nobody's in particular: RFC 1918, RFC 4193, RFC 6598, and
     * site-local ones.
     */
    PRIVATE,
    /** This host; unspecified addresses are its own, too. */
    LOOPBACK,
    /** Hosts on the same wire: RFC 3927, RFC 4291. */
    LINK_LOCAL,
    /** Many hosts at once: multicast and broadcast. */
    MANY,
    /** Nobody, by RFC 6890 and RFC 9637: documentation, benchmarks, what is reserved. */
    RESERVED
  }

  /** 127.0.0.1, this host by IPv4. */
  public static final IpAddress LOOPBACK_V4 = v4(0x7f00_0001);

  /** ::1, this host by IPv6. */
  public static final IpAddress LOOPBACK_V6 = new IpAddress(0, 1);

  private static final int LOOPBACK_NET = 127;
  private static final long MAPPED = 0x0000_ffff_0000_0000L;
  private static final int V4_BYTES = 4;
  private static final int V6_BYTES = 16;
  private static final int GROUPS = 8;

  /**
   * {@return the address of four or sixteen bytes}
   *
   * @throws IllegalArgumentException if they are some other number
   */
  public static IpAddress of(byte... bytes) {
    return switch (bytes.length) {
      case V4_BYTES -> v4((int) number(bytes, 0, V4_BYTES));
      case V6_BYTES -> new IpAddress(number(bytes, 0, Long.BYTES), number(bytes, 8, Long.BYTES));
      default -> throw new IllegalArgumentException("an address has 4 or 16 bytes");
    };
  }

  private static long number(byte[] bytes, int from, int length) {
    long number = 0;
    for (int i = 0; i < length; i++) {
      number = number << Byte.SIZE | (bytes[from + i] & 0xff);
    }
    return number;
  }

  /** {@return the IPv4 address of a number, whose highest byte comes first} */
  static IpAddress v4(int number) {
    return new IpAddress(0, MAPPED | (number & 0xffff_ffffL));
  }

  /**
   * {@return the address of a text} Numbers that some programs also read as addresses, such as
   * {@code 0x7f.1}, {@code 010.0.0.1} or {@code 2130706433}, are none: what they mean depends on
   * the program.
   *
   * @param text four decimal numbers, or what RFC 4291 says; no zone
   */
  public static Optional<IpAddress> parse(String text) {
    return text.indexOf(':') >= 0 ? parseV6(text) : parseV4(text);
  }

  /** {@return the address of a text to which a port was added: IPv6 addresses are in brackets} */
  static Optional<IpAddress> parseBeforePort(String text) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    return bracketed ? parseV6(text.substring(1, text.length() - 1)) : parseV4(text);
  }

  private static Optional<IpAddress> parseV4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != V4_BYTES) {
      return Optional.empty();
    }
    int number = 0;
    for (String part : parts) {
      boolean decimal = !part.isEmpty() && part.length() <= 3 && isMadeOf(part, "0123456789");
      // A leading zero is octal to some.
      if (!decimal || (part.length() > 1 && part.charAt(0) == '0')) {
        return Optional.empty();
      }
      int value = Integer.parseInt(part);
      if (value > 0xff) {
        return Optional.empty();
      }
      number = number << Byte.SIZE | value;
    }
    return Optional.of(v4(number));
  }

  private static Optional<IpAddress> parseV6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return Optional.empty();
    }
    Optional<List<Integer>> before = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    Optional<List<Integer>> after =
        gap < 0 ? Optional.of(List.of()) : groups(text.substring(gap + 2), true);
    if (before.isEmpty() || after.isEmpty()) {
      return Optional.empty();
    }
    int given = before.get().size() + after.get().size();
    if (gap < 0 ? given != GROUPS : given >= GROUPS) {
      return Optional.empty();
    }
    var all = new ArrayList<>(before.get());
    for (int i = given; i < GROUPS; i++) {
      all.add(0);
    }
    all.addAll(after.get());
    long high = 0;
    long low = 0;
    for (int i = 0; i < GROUPS / 2; i++) {
      high = high << Short.SIZE | all.get(i);
      low = low << Short.SIZE | all.get(i + GROUPS / 2);
    }
    return Optional.of(new IpAddress(high, low));
  }

  /** The last of them may be an IPv4 address, which is two. */
  private static Optional<List<Integer>> groups(String text, boolean last) {
    var groups = new ArrayList<Integer>();
    if (text.isEmpty()) {
      return Optional.of(groups);
    }
    String[] parts = text.split(":", -1);
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (last && i == parts.length - 1 && part.indexOf('.') >= 0) {
        Optional<IpAddress> inner = parseV4(part);
        if (inner.isEmpty()) {
          return Optional.empty();
        }
        groups.add((int) (inner.get().low >>> Short.SIZE & 0xffff));
        groups.add((int) (inner.get().low & 0xffff));
      } else if (part.isEmpty() || part.length() > 4 || !isMadeOf(part, "0123456789abcdefABCDEF")) {
        return Optional.empty();
      } else {
        groups.add(Integer.parseInt(part, 16));
      }
    }
    return Optional.of(groups);
  }

  private static boolean isMadeOf(String text, String characters) {
    return text.chars().allMatch(each -> characters.indexOf(each) >= 0);
  }

  /** {@return whether it is an IPv4 address} */
  public boolean isV4() {
    return high == 0 && (low & ~0xffff_ffffL) == MAPPED;
  }

  /** {@return whether it is 0.0.0.0 or ::, by which sockets mean every address} */
  public boolean isUnspecified() {
    return (high == 0 && low == 0) || equals(v4(0));
  }

  /**
   * {@return whether it is one of 127.0.0.0/8, or ::1}: this host's own, and nobody else's. What
   * 0.0.0.0/8, NAT64 or 6to4 make of these, a network might take elsewhere.
   */
  public boolean isLoopback() {
    return equals(LOOPBACK_V6) || (isV4() && (low >>> 24 & 0xff) == LOOPBACK_NET);
  }

  /** {@return its four bytes, or its sixteen if it is not an IPv4 address} */
  public byte[] bytes() {
    byte[] all = mapped();
    return isV4() ? Arrays.copyOfRange(all, V6_BYTES - V4_BYTES, V6_BYTES) : all;
  }

  /** {@return its sixteen bytes, IPv4 addresses as IPv6 sockets write them} */
  public byte[] mapped() {
    byte[] bytes = new byte[V6_BYTES];
    for (int i = 0; i < Long.BYTES; i++) {
      bytes[i] = (byte) (high >>> (Long.SIZE - Byte.SIZE * (i + 1)));
      bytes[Long.BYTES + i] = (byte) (low >>> (Long.SIZE - Byte.SIZE * (i + 1)));
    }
    return bytes;
  }

  /**
   * {@return the IPv4 address that a router may make of this IPv6 address}: of NAT64 (RFC 6052), in
   * 64:ff9b::/96 and 64:ff9b:1::/48, of 6to4 (RFC 3056), of Teredo (RFC 4380), of SIIT (RFC 2765),
   * and of those that were called compatible
   */
  public Optional<IpAddress> embedded() {
    if (isV4()) {
      return Optional.empty();
    }
    boolean translated = high == 0x0064_ff9b_0000_0000L && low >>> Integer.SIZE == 0;
    boolean stateless = high == 0 && low >>> Integer.SIZE == 0xffff_0000L;
    boolean compatible = high == 0 && low >>> Integer.SIZE == 0 && low >>> Short.SIZE != 0;
    if (translated || isLocallyTranslated() || stateless || compatible) {
      return Optional.of(v4((int) low));
    }
    if (high >>> 48 == 0x2002) {
      return Optional.of(v4((int) (high >>> Short.SIZE)));
    }
    if (high >>> Integer.SIZE == 0x2001_0000L) {
      return Optional.of(v4((int) ~low));
    }
    return Optional.empty();
  }

  /**
   * {@return all that a router may make of this IPv6 address}: what is {@link #embedded}, and of
   * one in 64:ff9b:1::/48 also what prefixes of 48, 56 and 64 bits have there, whichever the
   * network uses (RFC 6052, 2.2; byte 8 is none of the address's)
   *
   * <pre>
   *         0       6   7   8   9   10  11  12  13      16
   *   /48   | prefix| IPv4  | 0 | IPv4  |
   *   /56   | prefix    |   | 0 | IPv4      |
   *   /64   | prefix        | 0 | IPv4          |
   * </pre>
   */
  List<IpAddress> translations() {
    var all = new ArrayList<IpAddress>();
    embedded().ifPresent(all::add);
    if (isLocallyTranslated()) {
      int behind = (int) (low >>> 24);
      all.add(v4((int) high << 16 | behind >>> 16));
      all.add(v4((int) high << 24 | behind >>> 8));
      all.add(v4(behind));
    }
    return all;
  }

  /** The prefix of RFC 8215: where such an address leads, only the network knows. */
  private boolean isLocallyTranslated() {
    return high >>> Short.SIZE == 0x0064_ff9b_0001L;
  }

  /**
   * {@return whom it may reach}; of one with an address embedded, what that one would. Those of
   * 64:ff9b:1::/48 are {@link Kind#PRIVATE} at least.
   */
  public Kind kind() {
    if (!isV4()) {
      Optional<IpAddress> inner = embedded();
      Kind kind = inner.isPresent() ? inner.get().kind() : kindOfV6();
      return kind == Kind.PUBLIC && isLocallyTranslated() ? Kind.PRIVATE : kind;
    }
    int address = (int) low;
    for (Special special : Special.values()) {
      if ((address & -1 << (Integer.SIZE - special.length)) == special.number) {
        return special.kind;
      }
    }
    return Kind.PUBLIC;
  }

  private Kind kindOfV6() {
    if (high == 0 && (low == 0 || low == 1)) {
      return Kind.LOOPBACK;
    }
    int first = (int) (high >>> 48);
    if (first >>> 8 == 0xff) {
      return Kind.MANY;
    }
    if ((first & 0xffc0) == 0xfe80) {
      return Kind.LINK_LOCAL;
    }
    if ((first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfec0) {
      return Kind.PRIVATE;
    }
    // Only 2000::/3 has been given out.
    boolean documents = high >>> Integer.SIZE == 0x2001_0db8L || high >>> 44 == 0x3fff_0L;
    boolean benchmarks = high >>> Short.SIZE == 0x2001_0002_0000L;
    return first >>> 13 == 1 && !documents && !benchmarks ? Kind.PUBLIC : Kind.RESERVED;
  }

  /** {@return the text before a colon and a port: IPv6 addresses in brackets} */
  String beforePort() {
    return isV4() ? toString() : "[" + this + "]";
  }

  /** {@return the text by which it is known: dotted, or as RFC 5952 has it} */
  @Override
  public String toString() {
    if (isV4()) {
      int address = (int) low;
      return (address >>> 24)
          + "."
          + (address >>> 16 & 0xff)
          + "."
          + (address >>> 8 & 0xff)
          + "."
          + (address & 0xff);
    }
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      long half = i < GROUPS / 2 ? high : low;
      groups[i] = (int) (half >>> (Short.SIZE * (3 - i % 4)) & 0xffff);
    }
    int start = -1;
    int longest = 1;
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > longest) {
        start = i;
        longest = end - i;
      }
    }
    var text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  /** What is not public, by the registry of RFC 6890. */
  private enum Special {
    THIS(0x0000_0000, 8, Kind.LOOPBACK),
    LOOPBACK(0x7f00_0000, 8, Kind.LOOPBACK),
    LINK_LOCAL(0xa9fe_0000, 16, Kind.LINK_LOCAL),
    TEN(0x0a00_0000, 8, Kind.PRIVATE),
    SIXTEEN(0xac10_0000, 12, Kind.PRIVATE),
    OFFICE(0xc0a8_0000, 16, Kind.PRIVATE),
    CARRIER(0x6440_0000, 10, Kind.PRIVATE),
    ASSIGNMENTS(0xc000_0000, 24, Kind.RESERVED),
    DOCUMENTS_1(0xc000_0200, 24, Kind.RESERVED),
    DOCUMENTS_2(0xc633_6400, 24, Kind.RESERVED),
    DOCUMENTS_3(0xcb00_7100, 24, Kind.RESERVED),
    BENCHMARKS(0xc612_0000, 15, Kind.RESERVED),
    MULTICAST(0xe000_0000, 4, Kind.MANY),
    BROADCAST(0xffff_ffff, 32, Kind.MANY),
    FUTURE(0xf000_0000, 4, Kind.RESERVED);

    private final int number;
    private final int length;
    private final Kind kind;

    Special(int number, int length, Kind kind) {
      this.number = number;
      this.length = length;
      this.kind = kind;
    }
  }
}
