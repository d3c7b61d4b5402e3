package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The state of the kernel's audit system, which it tells those who hold CAP_AUDIT_CONTROL; see
 * {@code audit_receive_msg} in kernel/audit.c.
 *
 * <pre>
 * request   | length 32 | type 16 | flags 16 | sequence 32 | port 32 |
 * answer    | length 32 | type 16 | flags 16 | sequence 32 | port 32 | payload
 *   AUDIT_GET     payload: | mask 32 | enabled 32 | failure 32 | daemon's process id 32 | ...
 *   NLMSG_ERROR   payload: | negated error number 32 | ...
 * </pre>
 *
 * @param enabled 0 off, 1 on, 2 on until the next boot
 * @param daemon the process id of the one that reads the records; 0 if none does
 */
record KernelAudit(int enabled, int daemon) {
  /** linux/socket.h and linux/net.h: ABI, but in no UAPI header. */
  private static final int AF_NETLINK = 16;

  private static final int SOCK_RAW = 3;
  private static final int MSG_DONTWAIT = 0x40;

  /** struct nlmsghdr, with two of its fields. */
  static final int HEADER = 16;

  static final int TYPE = 4;
  static final int FLAGS = 6;
  private static final int ENABLED = HEADER + 4;
  private static final int DAEMON = HEADER + 12;
  private static final int LONGEST_ANSWER = 1024;

  /** struct sockaddr_nl: all zero but the family is the kernel. */
  static final int ADDRESS = 12;

  /** The kernel answers within microseconds, from a thread of its own. */
  private static final int PATIENCE_NANOS = 300_000_000;

  /**
   * {@return what the kernel answers}
   *
   * @param kernel makes the calls
   * @throws KernelException EPERM without CAP_AUDIT_CONTROL; EPROTONOSUPPORT if the kernel has no
   *     audit system; EAGAIN if it does not answer in time
   */
  static KernelAudit of(Kernel kernel) throws KernelException {
    long socket =
        check(
            call(kernel, "socket", AF_NETLINK, SOCK_RAW | Uapi.O_CLOEXEC(), Uapi.NETLINK_AUDIT()),
            "socket",
            "ask the audit system");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(HEADER, 4);
      request.set(ValueLayout.JAVA_INT, 0, HEADER);
      request.set(ValueLayout.JAVA_SHORT, TYPE, (short) Uapi.AUDIT_GET());
      request.set(ValueLayout.JAVA_SHORT, FLAGS, (short) Uapi.NLM_F_REQUEST());
      MemorySegment address = arena.allocate(ADDRESS, 4);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
      check(
          call(kernel, "sendto", socket, request.address(), HEADER, 0, address.address(), ADDRESS),
          "sendto",
          "ask the audit system");
      await(kernel, socket, arena);
      MemorySegment answer = arena.allocate(LONGEST_ANSWER, 4);
      long size =
          check(
              call(kernel, "recvfrom", socket, answer.address(), LONGEST_ANSWER, MSG_DONTWAIT),
              "recvfrom",
              "hear from the audit system");
      return parse(answer.asSlice(0, size));
    } finally {
      call(kernel, "close", socket);
    }
  }

  private static KernelAudit parse(MemorySegment answer) throws KernelException {
    if (answer.byteSize() < HEADER + Integer.BYTES) {
      throw new KernelException("recvfrom", Errno.EBADMSG, "read the audit system's answer");
    }
    int type = answer.get(ValueLayout.JAVA_SHORT, TYPE);
    if (type == Uapi.NLMSG_ERROR()) {
      int error = answer.get(ValueLayout.JAVA_INT, HEADER);
      throw new KernelException(
          "AUDIT_GET", Errno.of(-error), "ask the audit system, which takes CAP_AUDIT_CONTROL");
    }
    if (type != Uapi.AUDIT_GET() || answer.byteSize() < DAEMON + Integer.BYTES) {
      throw new KernelException("recvfrom", Errno.EBADMSG, "read the audit system's answer");
    }
    return new KernelAudit(
        answer.get(ValueLayout.JAVA_INT, ENABLED), answer.get(ValueLayout.JAVA_INT, DAEMON));
  }

  private static void await(Kernel kernel, long socket, Arena arena) throws KernelException {
    // struct pollfd: | fd 32 | events 16 | revents 16 |; struct timespec: | seconds 64 | nanos 64 |
    MemorySegment poll = arena.allocate(Poll.POLLFD_SIZE, 4);
    poll.set(ValueLayout.JAVA_INT, 0, (int) socket);
    poll.set(ValueLayout.JAVA_SHORT, Poll.POLLFD_EVENTS, (short) Uapi.POLLIN());
    MemorySegment patience = arena.allocate(ValueLayout.JAVA_LONG, 2);
    patience.setAtIndex(ValueLayout.JAVA_LONG, 1, PATIENCE_NANOS);
    check(
        call(kernel, "ppoll", poll.address(), 1, patience.address()),
        "ppoll",
        "hear from the audit system");
  }

  private static long call(Kernel kernel, String syscall, long... args) {
    var all = new long[6];
    System.arraycopy(args, 0, all, 0, args.length);
    return kernel.call(Step.of(syscall, "ask the audit system", Arg.of(all[0])), all);
  }

  private static long check(long result, String syscall, String doing) throws KernelException {
    return Syscall.check(result, syscall, doing);
  }
}
