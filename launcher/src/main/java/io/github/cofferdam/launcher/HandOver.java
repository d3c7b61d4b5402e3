package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How a descriptor that a step opens in the child comes to another process: it is sent over a pair
 * of sockets (unix(7), SCM_RIGHTS), with a message of one byte that means nothing.
 *
 * <pre>
 * struct msghdr
 *  0        8        12  16       24       32       40       48       52  56
 *  +--------+--------+---+--------+--------+--------+--------+--------+---+
 *  | name   | length |   | iovec  | number | control| length | flags  |   |
 *  | NULL   | 0      |   | pointer| 1      | pointer| 24     | 0      |   |
 *  +--------+--------+---+--------+--------+--------+--------+--------+---+
 *
 * struct iovec               struct cmsghdr, the control message
 *  0        8        16       0        8        12       16       20  24
 *  +--------+--------+        +--------+--------+--------+--------+---+
 *  | pointer| 1      |        | 20     | SOL_   | SCM_   | the    |   |
 *  |        |        |        |        | SOCKET | RIGHTS | number |   |
 *  +--------+--------+        +--------+--------+--------+--------+---+
 * </pre>
 */
final class HandOver {
  // ABI, but in no UAPI header: linux/socket.h and linux/net.h of the kernel's own sources.
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

  private static final int MESSAGE = 56;
  private static final int MESSAGE_FLAGS = 48;
  private static final int IOVEC = 16;
  private static final int CONTROL = 24;
  private static final int CONTROL_LENGTH = 20;
  private static final int CONTROL_DESCRIPTOR = 16;

  private static final int ENDS = 8;

  private static final String RECEIVE = "receive what the command's process was to hand over";

  private HandOver() {}

  /** The two ends. */
  record Sockets(Fd ours, Fd theirs) {}

  static Sockets open() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      Syscall.check(
          Syscall.call(
              Syscall.number("socketpair"),
              AF_UNIX,
              SOCK_SEQPACKET | Uapi.O_CLOEXEC(),
              0,
              ends.address()),
          "socketpair",
          "create a pair of sockets");
      return new Sockets(
          Fd.owning(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
          Fd.owning(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
    }
  }

  /** Makes a pair of sockets in the child. */
  static Step pair(Slot one, Slot other) {
    Memory ends = Memory.ofSize(ENDS).build("[" + one + ", " + other + "]");
    return Step.of(
            "socketpair",
            "create a pair of sockets",
            Arg.of(AF_UNIX, "AF_UNIX"),
            Arg.of(SOCK_SEQPACKET | Uapi.O_CLOEXEC(), "SOCK_SEQPACKET|SOCK_CLOEXEC"),
            Arg.of(0),
            ends)
        .storing(one, ends, 0)
        .storing(other, ends, 4);
  }

  /** Makes a socket of the network namespace that the child is in. */
  static Step socket(Slot slot) {
    return Step.of(
            "socket",
            "create a socket",
            Arg.of(AF_UNIX, "AF_UNIX"),
            Arg.of(SOCK_SEQPACKET | Uapi.O_CLOEXEC(), "SOCK_SEQPACKET|SOCK_CLOEXEC"),
            Arg.of(0))
        .opening(slot);
  }

  /** Sends a descriptor. */
  static Step send(Arg socket, Slot slot) {
    Memory control =
        Memory.ofSize(CONTROL)
            .int64(0, CONTROL_LENGTH)
            .int32(8, Uapi.SOL_SOCKET())
            .int32(12, SCM_RIGHTS)
            .descriptor(CONTROL_DESCRIPTOR, slot)
            .build("[" + slot + "]");
    return Step.of(
        "sendmsg",
        "hand over " + slot,
        socket,
        message(control, slot),
        Arg.of(MSG_NOSIGNAL, "MSG_NOSIGNAL"));
  }

  /** Waits for a descriptor that another process sends. */
  static Step receive(Slot socket, Slot slot) {
    Memory control = Memory.ofSize(CONTROL).build("[" + slot + "]");
    return Step.of(
            "recvmsg",
            "receive " + slot,
            socket,
            message(control, slot),
            Arg.of(MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"))
        .storing(slot, control, CONTROL_DESCRIPTOR);
  }

  private static Memory message(Memory control, Slot slot) {
    Memory oneByte = Memory.ofSize(1).build("\"\"");
    Memory vector = Memory.ofSize(IOVEC).pointer(0, oneByte).int64(8, 1).build("[1 byte]");
    return Memory.ofSize(MESSAGE)
        .pointer(16, vector)
        .int64(24, 1)
        .pointer(32, control)
        .int64(40, CONTROL)
        .build("{" + slot + "}");
  }

  /**
   * Takes what was sent; it is there already.
   *
   * @throws KernelException EAGAIN if nothing was sent
   */
  static Fd receive(Fd socket) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(MESSAGE, 8);
      MemorySegment vector = arena.allocate(IOVEC, 8);
      MemorySegment control = arena.allocate(CONTROL, 8);
      vector.set(ValueLayout.JAVA_LONG, 0, arena.allocate(1).address());
      vector.set(ValueLayout.JAVA_LONG, 8, 1);
      message.set(ValueLayout.JAVA_LONG, 16, vector.address());
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      message.set(ValueLayout.JAVA_LONG, 32, control.address());
      message.set(ValueLayout.JAVA_LONG, 40, CONTROL);
      long result;
      do {
        result =
            Syscall.call(
                Syscall.number("recvmsg"),
                socket.number(),
                message.address(),
                MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      } while (result == -Errno.EINTR.number());
      Syscall.check(result, "recvmsg", RECEIVE);
      // It is cut off where this process may have no more descriptors.
      boolean complete =
          (message.get(ValueLayout.JAVA_INT, MESSAGE_FLAGS) & MSG_CTRUNC) == 0
              && control.get(ValueLayout.JAVA_LONG, 0) == CONTROL_LENGTH
              && control.get(ValueLayout.JAVA_INT, 8) == Uapi.SOL_SOCKET()
              && control.get(ValueLayout.JAVA_INT, 12) == SCM_RIGHTS;
      if (!complete) {
        throw new KernelException("recvmsg", Errno.EMFILE, RECEIVE);
      }
      return Fd.owning(control.get(ValueLayout.JAVA_INT, CONTROL_DESCRIPTOR));
    }
  }
}
