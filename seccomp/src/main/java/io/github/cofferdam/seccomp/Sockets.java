package io.github.cofferdam.seccomp;

/**
 * Which internet and netlink sockets a process may make. What it may then talk to is for Landlock,
 * a network namespace or a broker to say: addresses lie in memory, which no filter sees. Everything
 * that is not named here (raw, packet, ICMP, MPTCP, SCTP, vsock, netlink other than routing, ...)
 * is refused with EPERM on every level.
 */
public enum Sockets {
  /** None. */
  NONE,
  /**
   * TCP over IPv4 and IPv6, which is all that Landlock's port rules before ABI 10 see, and netlink
   * for routes, which name resolution asks for interfaces. TCP Fast Open is refused on {@code
   * sendto}, {@code sendmsg} and {@code sendmmsg}: it connects past Landlock.
   */
  TCP,
  /**
   * TCP and UDP over IPv4 and IPv6, and netlink for routes: for full access, or in a network
   * namespace of its own.
   */
  INTERNET
}
