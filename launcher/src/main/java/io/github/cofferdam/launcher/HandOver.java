package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * How descriptors that steps open in the child come to this process: they are sent over a pair of
 * sockets (unix(7), SCM_RIGHTS), with a message of one byte that means nothing.
 *
 * <pre>
 * struct msghdr
 *  0        8        12  16       24       32       40       48       52  56
 *  +--------+--------+---+--------+--------+--------+--------+--------+---+
 *  | name   | length |   | iovec  | number | control| length | flags  |   |
 *  | NULL   | 0      |   | pointer| 1      | pointer| 16 + 4n| 0      |   |
 *  +--------+--------+---+--------+--------+--------+--------+--------+---+
 *
 * struct iovec               struct cmsghdr, the control message
 *  0        8        16       0        8        12       16       16 + 4n
 *  +--------+--------+        +--------+--------+--------+--------+
 *  | pointer| 1      |        | 16 + 4n| SOL_   | SCM_   | n      |
 *  |        |        |        |        | SOCKET | RIGHTS | numbers|
 *  +--------+--------+        +--------+--------+--------+--------+
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
  private static final int CONTROL_DESCRIPTORS = 16;

  private static final String RECEIVE = "receive what the started process was to hand over";

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

  /** Sends descriptors, in the order of the slots. */
  static Step send(Arg socket, List<Slot> slots) {
    Memory.Builder control =
        Memory.ofSize(controlSize(slots.size()))
            .int64(0, controlLength(slots.size()))
            .int32(8, Uapi.SOL_SOCKET())
            .int32(12, SCM_RIGHTS);
    var names = new StringBuilder();
    for (int i = 0; i < slots.size(); i++) {
      names.append(i == 0 ? "" : ", ").append(slots.get(i));
      control.descriptor(CONTROL_DESCRIPTORS + i * Integer.BYTES, slots.get(i));
    }
    return Step.of(
        "sendmsg",
        "hand over " + names,
        socket,
        message(control.build("[" + names + "]"), controlSize(slots.size()), names.toString()),
        Arg.of(MSG_NOSIGNAL, "MSG_NOSIGNAL"));
  }

  private static int controlLength(int descriptors) {
    return CONTROL_DESCRIPTORS + descriptors * Integer.BYTES;
  }

  /** Control messages end at a multiple of eight bytes. */
  private static int controlSize(int descriptors) {
    return (controlLength(descriptors) + 7) & ~7;
  }

  private static Memory message(Memory control, int size, String display) {
    Memory oneByte = Memory.ofSize(1).build("\"\"");
    Memory vector = Memory.ofSize(IOVEC).pointer(0, oneByte).int64(8, 1).build("[1 byte]");
    return Memory.ofSize(MESSAGE)
        .pointer(16, vector)
        .int64(24, 1)
        .pointer(32, control)
        .int64(40, size)
        .build("{" + display + "}");
  }

  /**
   * Takes what was sent; it is there already.
   *
   * @param number how many descriptors
   * @throws KernelException EAGAIN if nothing was sent
   */
  static List<Fd> receive(Fd socket, int number) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(MESSAGE, 8);
      MemorySegment vector = arena.allocate(IOVEC, 8);
      MemorySegment control = arena.allocate(controlSize(number), 8);
      vector.set(ValueLayout.JAVA_LONG, 0, arena.allocate(1).address());
      vector.set(ValueLayout.JAVA_LONG, 8, 1);
      message.set(ValueLayout.JAVA_LONG, 16, vector.address());
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      message.set(ValueLayout.JAVA_LONG, 32, control.address());
      message.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
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
      List<Fd> received = descriptors(control);
      // They are cut off where this process may have no more descriptors.
      if ((message.get(ValueLayout.JAVA_INT, MESSAGE_FLAGS) & MSG_CTRUNC) != 0
          || received.size() != number) {
        received.forEach(Fd::close);
        throw new KernelException("recvmsg", Errno.EMFILE, RECEIVE);
      }
      return received;
    }
  }

  /** All that have arrived, also if they are not as many as they should be. */
  private static List<Fd> descriptors(MemorySegment control) {
    var descriptors = new ArrayList<Fd>();
    long length = control.get(ValueLayout.JAVA_LONG, 0);
    if (length <= control.byteSize()
        && control.get(ValueLayout.JAVA_INT, 8) == Uapi.SOL_SOCKET()
        && control.get(ValueLayout.JAVA_INT, 12) == SCM_RIGHTS) {
      for (long at = CONTROL_DESCRIPTORS; at + Integer.BYTES <= length; at += Integer.BYTES) {
        descriptors.add(Fd.owning(control.get(ValueLayout.JAVA_INT, at)));
      }
    }
    return descriptors;
  }
}
