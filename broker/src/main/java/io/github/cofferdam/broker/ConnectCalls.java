package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.policy.TransportProtocol;

/**
 * {@code connect}: decided on a copy of the address, and done with the copy to the program's own
 * socket.
 *
 * @param waiting for connections, which take as long as the host at the other end
 * @param localIsHeld whether the kernel keeps this call from reaching anything but Unix sockets, so
 *     that one to such a socket can be left to it
 */
record ConnectCalls(Gate gate, Waiting waiting, boolean localIsHeld) {
  private static final String NAME = "connect";

  void answer(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    SocketName name = asked.name(asked.notification().argument(1), asked.number(2), false);
    switch (name) {
      case SocketName.Internet to -> connect(asked, to);
      case SocketName.Unspecified(SocketName.Copy copy) -> dissolve(asked, copy);
      case SocketName.Local() -> Local.leaveToKernel(asked, localIsHeld);
      case SocketName.Foreign(int family) -> throw new Asked.Failed(Errno.EAFNOSUPPORT);
      case SocketName.TooShort() -> throw new Asked.Failed(Errno.EINVAL);
    }
  }

  private void connect(Asked asked, SocketName.Internet to)
      throws Asked.Failed, Asked.Gone, KernelException {
    HostSocket socket = asked.socket();
    boolean handedOn = false;
    try {
      TransportProtocol protocol = Local.protocol(socket);
      byte[] where = gate.route(asked, NAME, to, socket, protocol);
      if (protocol == TransportProtocol.UDP) {
        asked.answer(socket.connect(where));
        return;
      }
      waiting.connect(asked, socket, where);
      handedOn = true;
    } finally {
      if (!handedOn) {
        socket.close();
      }
    }
  }

  private static void dissolve(Asked asked, SocketName.Copy copy)
      throws Asked.Failed, Asked.Gone, KernelException {
    try (HostSocket socket = asked.socket()) {
      var _ = Local.protocol(socket);
      asked.answer(socket.connect(copy.bytes()));
    }
  }
}
