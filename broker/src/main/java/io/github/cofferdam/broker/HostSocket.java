package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * A program's socket in this process's hands: what is done to it is done to the program's. Results
 * are the kernel's, errors negative, since they are what the program gets.
 *
 * <p>Whether it blocks is the program's to say, and may change at any time: what must not block is
 * asked not to, or done by a thread that may wait.
 *
 * <pre>
 * struct msghdr, given to sendmsg
 *  0        8        12  16       24       32       40       48       52  56
 *  +--------+--------+---+--------+--------+--------+--------+--------+---+
 *  | name   | length |   | iovec  | number | control| length | flags  |   |
 *  +--------+--------+---+--------+--------+--------+--------+--------+---+
 * </pre>
 *
 * @param fd its descriptor here
 */
record HostSocket(Fd fd) implements AutoCloseable {
  private static final int CONNECT = Syscall.number("connect");
  private static final int BIND = Syscall.number("bind");
  private static final int LISTEN = Syscall.number("listen");
  private static final int SENDMSG = Syscall.number("sendmsg");
  private static final int SHUTDOWN = Syscall.number("shutdown");
  private static final int SOCKET = Syscall.number("socket");
  private static final int GETSOCKOPT = Syscall.number("getsockopt");
  private static final int SETSOCKOPT = Syscall.number("setsockopt");
  private static final int GETSOCKNAME = Syscall.number("getsockname");
  private static final int FCNTL = Syscall.number("fcntl");

  // asm-generic/socket.h
  private static final int SO_LINGER = 13;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_MAX_PACING_RATE = 47;

  /** What 32 bits can say of a rate; all of them set mean none. */
  private static final long SHORT_RATE = 0xffff_ffffL;

  // linux/net.h and linux/socket.h of the kernel's own sources.
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_TYPE_MASK = 0xf;
  private static final int SHUT_RDWR = 2;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;

  private static final int MESSAGE = 56;

  /** What kind of socket a descriptor is. */
  enum Kind {
    /** TCP over IPv4 or IPv6. */
    TCP,
    /** UDP over IPv4 or IPv6. */
    UDP,
    /** A Unix socket. */
    LOCAL,
    /** Anything else, and what is no socket at all. */
    OTHER
  }

  /** {@return a socket of this process's own network namespace, or an error} */
  static long make(int domain, int type, int protocol) {
    return Syscall.call(SOCKET, domain, type, protocol);
  }

  Kind kind() {
    long domain = option(Uapi.SO_DOMAIN());
    if (domain == SocketName.AF_UNIX) {
      return Kind.LOCAL;
    }
    if (domain != SocketName.AF_INET && domain != SocketName.AF_INET6) {
      return Kind.OTHER;
    }
    long type = option(Uapi.SO_TYPE());
    long protocol = option(Uapi.SO_PROTOCOL());
    if (type == SOCK_STREAM && protocol == Uapi.IPPROTO_TCP()) {
      return Kind.TCP;
    }
    return type == SOCK_DGRAM && protocol == Uapi.IPPROTO_UDP() ? Kind.UDP : Kind.OTHER;
  }

  boolean isStream() {
    return option(Uapi.SO_TYPE()) == SOCK_STREAM;
  }

  boolean isV6() {
    return option(Uapi.SO_DOMAIN()) == SocketName.AF_INET6;
  }

  private long option(int name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
      size.set(ValueLayout.JAVA_INT, 0, Integer.BYTES);
      long result = call(GETSOCKOPT, Uapi.SOL_SOCKET(), name, value.address(), size.address(), 0);
      return Syscall.isError(result) ? result : value.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /**
   * {@return what this socket alone has, as long as it is there}
   *
   * @throws KernelException if it cannot be asked
   */
  long identity() throws KernelException {
    return FileStatus.of(fd).inode();
  }

  /**
   * Holds what goes out to a rate; sockets that it accepts get the same. Kernels before Linux 4.20
   * read 32 bits.
   *
   * @param bytes a second, at least 1
   * @return 0 or an error
   */
  long pace(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
      int size = Long.BYTES;
      if (bytes < SHORT_RATE) {
        value.set(ValueLayout.JAVA_INT, 0, (int) bytes);
        size = Integer.BYTES;
      } else {
        value.set(ValueLayout.JAVA_LONG, 0, bytes);
      }
      return call(SETSOCKOPT, Uapi.SOL_SOCKET(), SO_MAX_PACING_RATE, value.address(), size, 0);
    }
  }

  /** {@return whether calls on it wait}, as far as anybody can say */
  boolean blocks() {
    long flags = call(FCNTL, Uapi.F_GETFL(), 0, 0, 0, 0);
    return (flags & Uapi.O_NONBLOCK()) == 0;
  }

  /** {@return how long a send may wait, in nanoseconds; 0 for as long as it takes} */
  long sendTimeout() {
    try (Arena arena = Arena.ofConfined()) {
      // struct timeval: | seconds 64 | microseconds 64 |
      MemorySegment time = arena.allocate(2 * Long.BYTES, Long.BYTES);
      MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
      size.set(ValueLayout.JAVA_INT, 0, 2 * Long.BYTES);
      long result =
          call(GETSOCKOPT, Uapi.SOL_SOCKET(), SO_SNDTIMEO, time.address(), size.address(), 0);
      return Syscall.isError(result)
          ? 0
          : TimeUnit.SECONDS.toNanos(time.get(ValueLayout.JAVA_LONG, 0))
              + TimeUnit.MICROSECONDS.toNanos(time.get(ValueLayout.JAVA_LONG, Long.BYTES));
    }
  }

  /** Connects, or dissolves a connection; may wait. */
  long connect(byte[] name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, name);
      long result;
      do {
        // Where a connection is under way, this waits for that one.
        result = call(CONNECT, copy.address(), name.length, 0, 0, 0);
      } while (result == -Errno.EINTR.number());
      return result;
    }
  }

  long bind(byte[] name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, name);
      return call(BIND, copy.address(), name.length, 0, 0, 0);
    }
  }

  long listen(int backlog) {
    return call(LISTEN, backlog, 0, 0, 0, 0);
  }

  /** {@return its own address; not one of the internet if it has none} */
  SocketName name() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SocketName.LONGEST, Long.BYTES);
      MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
      size.set(ValueLayout.JAVA_INT, 0, SocketName.LONGEST);
      long result = call(GETSOCKNAME, name.address(), size.address(), 0, 0, 0);
      int length = Math.min(SocketName.LONGEST, size.get(ValueLayout.JAVA_INT, 0));
      byte[] bytes =
          Syscall.isError(result)
              ? new byte[0]
              : name.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      return SocketName.parse(bytes, false);
    }
  }

  /**
   * Sends a message.
   *
   * @param name where to; empty for where it is connected to
   * @param control what goes with it; empty for nothing
   * @param flags without MSG_NOSIGNAL, which is always set: no signal is this process's
   */
  long send(byte[] name, byte[] data, byte[] control, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(2 * Long.BYTES, Long.BYTES);
      vector.set(ValueLayout.JAVA_LONG, 0, copy(arena, data));
      vector.set(ValueLayout.JAVA_LONG, Long.BYTES, data.length);
      MemorySegment message = arena.allocate(MESSAGE, Long.BYTES);
      message.set(ValueLayout.JAVA_LONG, 0, name.length == 0 ? 0 : copy(arena, name));
      message.set(ValueLayout.JAVA_INT, 8, name.length);
      message.set(ValueLayout.JAVA_LONG, 16, vector.address());
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      message.set(ValueLayout.JAVA_LONG, 32, control.length == 0 ? 0 : copy(arena, control));
      message.set(ValueLayout.JAVA_LONG, 40, control.length);
      long result;
      do {
        result = call(SENDMSG, message.address(), flags | MSG_NOSIGNAL, 0, 0, 0);
      } while (result == -Errno.EINTR.number());
      return result;
    }
  }

  private static long copy(Arena arena, byte[] bytes) {
    MemorySegment copy = arena.allocate(Math.max(1, bytes.length), Long.BYTES);
    MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return copy.address();
  }

  /** From now on nobody waits who is the last to close it; what is to be sent is sent. */
  void lingerNot() {
    try (Arena arena = Arena.ofConfined()) {
      // struct linger: | on 32 | seconds 32 |
      MemorySegment off = arena.allocate(2 * Integer.BYTES, Integer.BYTES);
      call(SETSOCKOPT, Uapi.SOL_SOCKET(), SO_LINGER, off.address(), off.byteSize(), 0);
    }
  }

  /** Ends whatever waits for it. */
  void shutDown() {
    call(SHUTDOWN, SHUT_RDWR, 0, 0, 0, 0);
  }

  private long call(int number, long a1, long a2, long a3, long a4, long a5) {
    if (!fd.acquire()) {
      return -Errno.EBADF.number();
    }
    try {
      return Syscall.call(number, fd.number(), a1, a2, a3, a4, a5);
    } finally {
      fd.release();
    }
  }

  /** Closes it, and waits if there is anything to wait for. */
  void closeHere() {
    ClosingSockets.closeHere(this);
  }

  /** Closes it, and never waits: {@link ClosingSockets}. */
  @Override
  public void close() {
    if (!fd.isClosed() && isStream()) {
      ClosingSockets.closeElsewhere(this);
    } else {
      fd.close();
    }
  }
}
