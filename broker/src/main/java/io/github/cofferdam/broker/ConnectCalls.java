package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.policy.TransportProtocol;
import java.util.Optional;

/**
 * {@code connect}: decided on a copy of the address, and done with the copy to the program's own
 * socket.
 *
 * @param waiting for connections, which take as long as the host at the other end
 * @param connections how many there may be at once; empty for any number
 * @param pace how fast what is sent may go out
 * @param localIsHeld whether the kernel keeps this call from reaching anything but Unix sockets, so
 *     that one to such a socket can be left to it
 */
record ConnectCalls(
    Gate gate, Waiting waiting, Optional<Connections> connections, Pace pace, boolean localIsHeld) {
  private static final System.Logger LOG = System.getLogger(ConnectCalls.class.getName());
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
      pace.set(socket);
      if (connections.isPresent() && protocol == TransportProtocol.TCP) {
        // Looking for room may take long, so that is for the thread that waits, too.
        waiting.connect(asked, socket, one -> limited(asked, to, one, connections.get()));
        handedOn = true;
        return;
      }
      byte[] where = gate.route(asked, NAME, to, socket, protocol);
      if (protocol == TransportProtocol.UDP) {
        asked.answer(socket.connect(where));
        return;
      }
      waiting.connect(asked, socket, one -> one.connect(where));
      handedOn = true;
    } finally {
      if (!handedOn) {
        socket.close();
      }
    }
  }

  private long limited(Asked asked, SocketName.Internet to, HostSocket socket, Connections some) {
    try {
      long identity = socket.identity();
      long result = -Errno.EPERM.number();
      try {
        byte[] where =
            gate.route(
                asked,
                NAME,
                to,
                socket,
                TransportProtocol.TCP,
                allowed -> some.take(identity, allowed));
        result = socket.connect(where);
      } finally {
        some.connected(identity, result);
      }
      return result;
    } catch (Asked.Failed e) {
      return -e.errno().number();
    } catch (KernelException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "refused, since it failed: " + asked.notification(), e);
      return -Errno.EPERM.number();
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
