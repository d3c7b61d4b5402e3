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
   * As {@link #TCP}, for programs that connect and are not connected to: none can listen, which it
   * could on a port that the kernel chooses, and Landlock does not see.
   */
  CONNECTING,
  /**
   * TCP and UDP over IPv4 and IPv6, and netlink for routes: for full access, or in a network
   * namespace of its own.
   */
  INTERNET,
  /**
   * As {@link #INTERNET}, but a broker is asked about each {@code connect}: {@link
   * Action#userNotification}. TCP Fast Open is refused, which connects by sending. What UDP sockets
   * send without being connected passes unseen.
   */
  ASKED_CONNECTS,
  /**
   * TCP and UDP over IPv4 and IPv6, and a broker is asked about every call that says where to or
   * from where: {@code connect}, {@code bind}, {@code listen}, {@code sendto} with an address,
   * {@code sendmsg} and {@code sendmmsg}, of sockets of any kind. No netlink, no Fast Open by
   * sending, and none of the socket options that lead elsewhere than the address: source routes,
   * interfaces, multicast groups.
   */
  ASKED,
  /**
   * As {@link #ASKED}, and a broker makes the sockets, too: for processes in a network namespace of
   * their own, which get sockets of another one. Names and addresses of that one's interfaces are
   * not to be had from them ({@code ioctl}).
   */
  GIVEN;

  /** {@return whether a broker has to answer, so that the filter needs a listener} */
  public boolean asks() {
    return this == ASKED_CONNECTS || this == ASKED || this == GIVEN;
  }
}
