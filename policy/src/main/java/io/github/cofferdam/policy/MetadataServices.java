package io.github.cofferdam.policy;

import java.util.List;

/**
 * Where clouds tell a machine what it is, and hand its credentials to whoever asks. Closed unless a
 * rule names the very address, or {@code metadata = "open"}.
 */
public final class MetadataServices {
  /**
   * AWS, Azure, Google, Oracle, DigitalOcean, Hetzner, OpenStack and others (169.254.169.254), AWS
   * over IPv6 (fd00:ec2::254), Google over IPv6 (fd20:ce::254), credentials of AWS containers
   * (169.254.170.2, 169.254.170.23, fd00:ec2::23), Azure's host (168.63.129.16), Alibaba
   * (100.100.100.200), Oracle's old one (192.0.0.192) and Scaleway (169.254.42.42, fd00:42::42).
   */
  private static final List<IpRange> ADDRESSES =
      List.of(
          range("169.254.169.254"),
          range("169.254.170.2"),
          range("169.254.170.23"),
          range("169.254.42.42"),
          range("168.63.129.16"),
          range("100.100.100.200"),
          range("192.0.0.192"),
          range("fd00:ec2::254"),
          range("fd00:ec2::23"),
          range("fd20:ce::254"),
          range("fd00:42::42"));

  private MetadataServices() {}

  private static IpRange range(String text) {
    return IpRange.parse(text).orElseThrow();
  }

  /** {@return the addresses that are known} */
  public static List<IpRange> addresses() {
    return ADDRESSES;
  }

  /** {@return whether an address is one of them, or a router may make one of them of it} */
  public static boolean contains(IpAddress address) {
    return ADDRESSES.stream().anyMatch(each -> each.mayContain(address));
  }
}
