package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.TransportProtocol;

/**
 * {@code bind} and {@code listen}. A port that the kernel chooses is nobody's to know beforehand,
 * so a socket may have one; whether it may listen there is decided by what it got.
 *
 * <p>A socket that asks for all addresses and may have loopback alone gets loopback: servers ask
 * for all without meaning it.
 *
 * @param pace how fast what is sent may go out of what connects to it
 * @param localIsHeld as {@link ConnectCalls}
 */
record ListenCalls(Gate gate, Pace pace, boolean localIsHeld) {
  private static final String BIND = "bind";
  private static final String LISTEN = "listen";

  void bind(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    SocketName name = asked.name(asked.notification().argument(1), asked.number(2), true);
    switch (name) {
      case SocketName.Internet at -> bind(asked, at);
      case SocketName.Local() -> Local.leaveToKernel(asked, localIsHeld);
      case SocketName.Unspecified(SocketName.Copy copy) -> throw new Asked.Failed(Errno.EINVAL);
      case SocketName.Foreign(int family) -> throw new Asked.Failed(Errno.EAFNOSUPPORT);
      case SocketName.TooShort() -> throw new Asked.Failed(Errno.EINVAL);
    }
  }

  private void bind(Asked asked, SocketName.Internet at)
      throws Asked.Failed, Asked.Gone, KernelException {
    act(
        asked,
        socket -> {
          TransportProtocol protocol = Local.protocol(socket);
          if (at.port() == 0 && protocol == TransportProtocol.UDP) {
            // As a socket has it that sends without being bound.
            return socket.bind(at.copy().bytes());
          }
          IpAddress address = gate.destinations().narrowed(at.address(), at.port());
          if (at.port() != 0) {
            gate.listen(asked, BIND, address, at.port(), protocol);
          }
          return bind(socket, at, address);
        });
  }

  /** What is done to a socket. */
  private interface Doing {
    long on(HostSocket socket) throws Asked.Failed;
  }

  /**
   * Does it, and answers when the socket is closed here: a program that closes it then may bind
   * another one to the same port at once.
   */
  private static void act(Asked asked, Doing doing)
      throws Asked.Failed, Asked.Gone, KernelException {
    HostSocket socket = asked.socket();
    boolean handedOn = false;
    try {
      long result = doing.on(socket);
      BrokerThreads.workers()
          .execute(() -> {
            socket.closeHere();
            Waiting.answer(asked, result);
          });
      handedOn = true;
    } finally {
      if (!handedOn) {
        socket.close();
      }
    }
  }

  private long bind(HostSocket socket, SocketName.Internet at, IpAddress address) {
    if (address.equals(at.address())) {
      return socket.bind(at.copy().bytes());
    }
    boolean v6 = socket.isV6();
    long result = socket.bind(SocketName.bytes(address, at.port(), v6));
    // One that takes no IPv4 has a loopback of its own.
    boolean other =
        at.port() == 0
            || gate.destinations().decideListening(IpAddress.LOOPBACK_V6, at.port()).allowed();
    return v6 && other && result == -Errno.EINVAL.number()
        ? socket.bind(SocketName.bytes(IpAddress.LOOPBACK_V6, at.port(), true))
        : result;
  }

  void listen(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    // A Unix socket has its name by now, which the kernel let it have.
    act(
        asked,
        socket ->
            socket.kind() == HostSocket.Kind.LOCAL
                ? socket.listen(asked.number(1))
                : listen(asked, socket));
  }

  private long listen(Asked asked, HostSocket socket) throws Asked.Failed {
    TransportProtocol protocol = Local.protocol(socket);
    if (!(socket.name() instanceof SocketName.Internet at)) {
      throw new Asked.Failed(Errno.EACCES);
    }
    gate.listen(asked, LISTEN, at.address(), at.port(), protocol);
    pace.set(socket);
    long result = socket.listen(asked.number(1));
    // A connection that has just failed may have taken the address along that was judged.
    if (result == 0
        && !(socket.name() instanceof SocketName.Internet is
            && gate.destinations().decideListening(is.address(), is.port()).allowed())) {
      socket.shutDown();
      throw new Asked.Failed(Errno.EACCES);
    }
    return result;
  }
}
