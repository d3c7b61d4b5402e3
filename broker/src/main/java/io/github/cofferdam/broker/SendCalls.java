package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.policy.TransportProtocol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code sendto} with an address, {@code sendmsg} and {@code sendmmsg}: what is sent is copied
 * along with where it goes, and sent from the copy.
 *
 * <p>Whether there is an address in a message lies in memory, so all of them come here, also those
 * of streams, where an address means nothing and is left out. Of a stream a part may be sent, as
 * whoever calls has to expect. Whoever writes where nobody reads gets EPIPE and no SIGPIPE.
 *
 * <pre>
 * struct mmsghdr
 *  0               56       60      64
 *  +--------  -----+--------+-------+
 *  | struct msghdr | sent   |       |
 *  +--------  -----+--------+-------+
 * </pre>
 *
 * @param waiting for streams that take no more, where the program waits for that
 * @param localIsHeld as {@link ConnectCalls}
 */
record SendCalls(Gate gate, Waiting waiting, boolean localIsHeld) {
  private static final int MANY_SIZE = 64;
  private static final int SENT = 56;

  /** UIO_MAXIOV of linux/uio.h, which the kernel takes here as well. */
  private static final int MOST_MESSAGES = 1024;

  /** Tells the program later that it may use its memory again: but that is a copy. */
  private static final int MSG_ZEROCOPY = 0x400_0000;

  /** Something to send, and to where; the socket is closed by whoever sends it. */
  private record Parcel(HostSocket socket, byte[] where, byte[] data, ControlData control) {
    long send(int flags) {
      byte[] extra = new byte[control.bytes().capacity()];
      control.bytes().get(0, extra);
      return socket.send(where, data, extra, flags);
    }

    void close() {
      control.close();
      socket.close();
    }
  }

  void sendTo(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    long data = asked.notification().argument(1);
    long length = asked.notification().argument(2);
    int flags = flags(asked.number(3));
    Message message = Message.of(asked.notification().argument(4), asked.number(5));
    Parcel parcel =
        pack(
            asked,
            "sendto",
            message,
            stream -> Message.data(asked, data, length & Long.MAX_VALUE, stream, 0));
    deliver(asked, parcel, flags);
  }

  void sendMessage(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    int flags = flags(asked.number(2));
    Message message = Message.read(asked, asked.notification().argument(1));
    if (localIsHeld && isForLocal(asked)) {
      Local.leaveToKernel(asked, true);
      return;
    }
    Parcel parcel = pack(asked, "sendmsg", message, stream -> message.data(asked, stream));
    deliver(asked, parcel, flags);
  }

  void sendMessages(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    long vector = asked.notification().argument(1);
    int number = Math.min(MOST_MESSAGES, asked.number(2) < 0 ? MOST_MESSAGES : asked.number(2));
    int flags = flags(asked.number(3));
    if (localIsHeld && isForLocal(asked)) {
      Local.leaveToKernel(asked, true);
      return;
    }
    int sent = 0;
    try {
      while (sent < number) {
        long at = vector + (long) sent * MANY_SIZE;
        Message message = Message.read(asked, at);
        Parcel parcel = pack(asked, "sendmmsg", message, stream -> message.data(asked, stream));
        long result;
        try {
          // Whoever wants to wait for the first may as well be told to try again.
          result = parcel.send(flags | HostSocket.MSG_DONTWAIT);
        } finally {
          parcel.close();
        }
        if (Syscall.isError(result)) {
          throw new Asked.Failed(Errno.of((int) -result));
        }
        asked.write(at + SENT, number((int) result));
        sent++;
      }
    } catch (Asked.Failed e) {
      if (sent == 0) {
        throw e;
      }
      // The kernel, too, says how many it were, and what was wrong only of the first.
    }
    asked.answer(sent);
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  private static int flags(int wanted) throws Asked.Failed {
    if ((wanted & MSG_ZEROCOPY) != 0) {
      throw new Asked.Failed(Errno.EOPNOTSUPP);
    }
    return wanted;
  }

  private static boolean isForLocal(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    try (HostSocket socket = asked.socket()) {
      return socket.kind() == HostSocket.Kind.LOCAL;
    }
  }

  /** Copies what is to be sent. */
  private interface Content {
    byte[] read(boolean stream) throws Asked.Failed, Asked.Gone, KernelException;
  }

  private Parcel pack(Asked asked, String call, Message message, Content content)
      throws Asked.Failed, Asked.Gone, KernelException {
    HostSocket socket = asked.socket();
    boolean packed = false;
    ControlData control = ControlData.none();
    try {
      HostSocket.Kind kind = socket.kind();
      byte[] where =
          switch (kind) {
            case UDP -> destination(asked, call, message, socket);
            case TCP -> new byte[0];
            case LOCAL -> noName(message, socket);
            case OTHER -> throw new Asked.Failed(Errno.EACCES);
          };
      control = ControlData.read(asked, message, kind == HostSocket.Kind.LOCAL);
      var parcel = new Parcel(socket, where, content.read(socket.isStream()), control);
      packed = true;
      return parcel;
    } finally {
      if (!packed) {
        control.close();
        socket.close();
      }
    }
  }

  private byte[] destination(Asked asked, String call, Message message, HostSocket socket)
      throws Asked.Failed, Asked.Gone, KernelException {
    if (message.name() == 0) {
      return new byte[0];
    }
    return switch (asked.name(message.name(), message.nameLength(), true)) {
      case SocketName.Internet to -> gate.route(asked, call, to, socket, TransportProtocol.UDP);
      // As a message without a name.
      case SocketName.Unspecified(SocketName.Copy copy) -> copy.bytes();
      case SocketName.Local() -> throw new Asked.Failed(Errno.EAFNOSUPPORT);
      case SocketName.Foreign(int family) -> throw new Asked.Failed(Errno.EAFNOSUPPORT);
      case SocketName.TooShort() -> throw new Asked.Failed(Errno.EINVAL);
    };
  }

  /** A stream goes where it goes; a datagram with a name would be sent by this process. */
  private static byte[] noName(Message message, HostSocket socket) throws Asked.Failed {
    if (message.name() != 0 && !socket.isStream()) {
      throw new Asked.Failed(Errno.EACCES);
    }
    return new byte[0];
  }

  private void deliver(Asked asked, Parcel parcel, int flags) throws Asked.Failed, KernelException {
    boolean handedOn = false;
    try {
      long result = parcel.send(flags | HostSocket.MSG_DONTWAIT);
      boolean waits =
          result == -Errno.EAGAIN.number()
              && (flags & HostSocket.MSG_DONTWAIT) == 0
              && parcel.socket().blocks();
      if (!waits) {
        asked.answer(result);
        return;
      }
      waiting.send(
          asked,
          parcel.socket(),
          socket -> {
            try {
              return parcel.send(flags);
            } finally {
              parcel.control().close();
            }
          });
      handedOn = true;
    } finally {
      if (!handedOn) {
        parcel.close();
      }
    }
  }
}
