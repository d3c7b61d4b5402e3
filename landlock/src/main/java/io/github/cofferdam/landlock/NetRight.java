package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * A right on ports. A policy handles a right: it is then denied for every port that is not granted.
 *
 * <p>TCP means {@code IPPROTO_TCP}. Multipath TCP, {@code listen} on a socket that is not bound,
 * and {@code sendto} with {@code MSG_FASTOPEN} are not covered: seccomp has to close them.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html#network-flags">Landlock:
 *     network flags</a>
 */
public enum NetRight implements Feature {
  /** Bind a TCP socket to a local port; port 0 stands for the ephemeral ones. */
  BIND_TCP(Uapi.LANDLOCK_ACCESS_NET_BIND_TCP(), 4),
  /** Connect a TCP socket to a remote port. */
  CONNECT_TCP(Uapi.LANDLOCK_ACCESS_NET_CONNECT_TCP(), 4),
  /** Bind a UDP socket to a local port. */
  BIND_UDP(Uapi.LANDLOCK_ACCESS_NET_BIND_UDP(), 10),
  /** Connect a UDP socket, or send from it, to a remote port. */
  CONNECT_SEND_UDP(Uapi.LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP(), 10);

  private final long bit;
  private final int abi;

  NetRight(long bit, int abi) {
    this.bit = bit;
    this.abi = abi;
  }

  @Override
  public long bit() {
    return bit;
  }

  @Override
  public Abi abi() {
    return Abi.of(abi);
  }
}
