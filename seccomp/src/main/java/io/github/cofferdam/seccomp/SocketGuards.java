package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Guards.ALLOW;
import static io.github.cofferdam.seccomp.Guards.REFUSE;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.List;

/**
 * Rules for sockets of which a broker is asked where they lead. What a call's own arguments say is
 * decided here; only what lies in memory is asked about, since each question costs microseconds.
 */
final class SocketGuards {
  private static final Action ASK = Action.userNotification();
  private static final int MSG_FASTOPEN = 0x2000_0000;

  /** Of setsockopt: {@code level} and {@code optname}, both int. */
  private static final IntArgument LEVEL = arg(1).asInt();

  private static final IntArgument OPTION = arg(2).asInt();

  /**
   * Interfaces instead of routes, and marks that choose other routes (asm-generic/socket.h):
   * SO_BINDTODEVICE, SO_MARK, SO_BINDTOIFINDEX. The rate that a broker has set: SO_MAX_PACING_RATE.
   */
  private static final int[] SOCKET = {Uapi.SO_BINDTODEVICE(), 36, 62, 47};

  /**
   * Of linux/in.h. Routes of one's own, which go somewhere else first: IP_OPTIONS, IP_RETOPTS,
   * IP_PKTOPTIONS. Addresses that are not this host's: IP_TRANSPARENT, IP_FREEBIND. Interfaces:
   * IP_MULTICAST_IF, IP_UNICAST_IF. Groups that others send to: IP_ADD_MEMBERSHIP,
   * IP_ADD_SOURCE_MEMBERSHIP, IP_MSFILTER, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP,
   * MCAST_MSFILTER. Headers: IP_HDRINCL. Ports that the kernel is to choose from, which may be
   * others': IP_LOCAL_PORT_RANGE.
   */
  private static final int[] IP = {4, 7, 9, 19, 15, 32, 50, 51, 35, 39, 41, 42, 46, 48, 3};

  /**
   * Of linux/in6.h and linux/ipv6.h. Another family: IPV6_ADDRFORM. Headers that go somewhere else
   * first, of RFC 2292 and RFC 3542: IPV6_2292PKTINFO to IPV6_2292PKTOPTIONS, IPV6_2292HOPLIMIT,
   * IPV6_NEXTHOP, IPV6_HOPOPTS, IPV6_RTHDRDSTOPTS, IPV6_RTHDR, IPV6_DSTOPTS. Interfaces and
   * addresses: IPV6_PKTINFO, IPV6_MULTICAST_IF, IPV6_UNICAST_IF, IPV6_TRANSPARENT, IPV6_FREEBIND.
   * Groups: IPV6_ADD_MEMBERSHIP, IPV6_JOIN_ANYCAST, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP,
   * MCAST_MSFILTER. Headers: IPV6_HDRINCL, and IPV6_FLOWLABEL_MGR, whose labels may bring routes.
   */
  private static final int[] IPV6 = {
    1, 2, 3, 4, 5, 6, 8, 9, 54, 55, 57, 59, 50, 17, 76, 75, 78, 20, 27, 42, 46, 48, 36, 32
  };

  /** TCP_REPAIR of linux/tcp.h: connections that nobody has made. */
  private static final int[] TCP = {19};

  private SocketGuards() {}

  /** Asks of all that says where to. */
  static void addAsked(SeccompFilter.Builder rules) {
    rules.on(List.of("connect", "bind", "listen"), ASK);
    IntArgument sendToFlags = arg(3).asInt();
    rules.on(
        "sendto",
        when(sendToFlags.anySet(MSG_FASTOPEN))
            .then(REFUSE)
            .orWhen(arg(4).asLong().eq(0))
            .then(ALLOW)
            .otherwise(ASK));
    rules.on("sendmsg", when(arg(2).asInt().anySet(MSG_FASTOPEN)).then(REFUSE).otherwise(ASK));
    rules.on("sendmmsg", when(arg(3).asInt().anySet(MSG_FASTOPEN)).then(REFUSE).otherwise(ASK));
    rules.on(
        "setsockopt",
        when(LEVEL.eq(Uapi.SOL_SOCKET()).and(OPTION.in(SOCKET)))
            .then(REFUSE)
            .orWhen(LEVEL.eq(Uapi.IPPROTO_IP()).and(OPTION.in(IP)))
            .then(REFUSE)
            .orWhen(LEVEL.eq(Uapi.IPPROTO_IPV6()).and(OPTION.in(IPV6)))
            .then(REFUSE)
            .orWhen(LEVEL.eq(Uapi.IPPROTO_TCP()).and(OPTION.in(TCP)))
            .then(REFUSE)
            .otherwise(ALLOW));
  }
}
