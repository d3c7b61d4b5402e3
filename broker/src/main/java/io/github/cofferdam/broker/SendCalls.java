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

  /**
   * At once, so that nobody else waits long: the kernel, too, may say that it has sent fewer than
   * it was given.
   */
  private static final int MOST_MESSAGES = 64;

  /** Of all messages of a call, for the same reason: each is copied by a call of its own. */
  private static final int MOST_PARTS = 1024;

  /** Of all messages of a call. */
  private static final int MOST_BYTES = 1 << 20;

  /** Tells the program later that it may use its memory again: but that is a copy. */
  private static final int MSG_ZEROCOPY = 0x400_0000;

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
            flags,
            stream -> Message.data(asked, data, length & Long.MAX_VALUE, stream, 0));
    deliver(asked, parcel);
  }

  void sendMessage(Asked asked) throws Asked.Failed, Asked.Gone, KernelException {
    int flags = flags(asked.number(2));
    Message message = Message.read(asked, asked.notification().argument(1));
    if (localIsHeld && isForLocal(asked)) {
      Local.leaveToKernel(asked, true);
      return;
    }
    Parcel parcel = pack(asked, "sendmsg", message, flags, stream -> message.data(asked, stream));
    deliver(asked, parcel);
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
    long parts = 0;
    long bytes = 0;
    try {
      while (sent < number && bytes < MOST_BYTES) {
        long at = vector + (long) sent * MANY_SIZE;
        Message message = Message.read(asked, at);
        parts += Math.clamp(message.parts(), 0, MOST_PARTS);
        if (sent > 0 && parts > MOST_PARTS) {
          break;
        }
        long result;
        try (Parcel parcel =
            pack(asked, "sendmmsg", message, flags, stream -> message.data(asked, stream))) {
          // Whoever wants to wait for the first may as well be told to try again.
          result = parcel.send();
        }
        if (Syscall.isError(result)) {
          throw new Asked.Failed(Errno.of((int) -result));
        }
        bytes += result;
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

  private Parcel pack(Asked asked, String call, Message message, int flags, Content content)
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
      var parcel = new Parcel(socket, where, content.read(socket.isStream()), control, flags);
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

  private void deliver(Asked asked, Parcel parcel) throws Asked.Failed, KernelException {
    boolean handedOn = false;
    try {
      long result = parcel.send();
      if (result == -Errno.EAGAIN.number() && parcel.waits()) {
        waiting.send(asked, parcel);
        handedOn = true;
      } else {
        asked.answer(result);
      }
    } finally {
      if (!handedOn) {
        parcel.close();
      }
    }
  }
}
