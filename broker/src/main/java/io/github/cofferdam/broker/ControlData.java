package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes with a message, of which only what is known to change no destination is passed on: on
 * sockets of the internet how a datagram is marked and cut up, on Unix sockets descriptors, which
 * are taken from the program and handed on.
 *
 * <pre>
 * struct cmsghdr
 *  0        8        12       16               length   next multiple of 8
 *  +--------+--------+--------+---------  -----+--------+
 *  | length | level  | type   | data           | padding|
 *  | 64     | 32     | 32     |                |        |
 *  +--------+--------+--------+---------  -----+--------+
 * </pre>
 *
 * @param bytes as the kernel is to get them
 * @param descriptors that stand in them, to be closed when they were sent
 */
record ControlData(ByteBuffer bytes, List<Fd> descriptors) implements AutoCloseable {
  private static final int HEADER = 16;
  private static final int LONGEST = 4096;

  /** SCM_MAX_FD of the kernel's net/scm.h. */
  private static final int MOST_DESCRIPTORS = 253;

  private static final int SCM_RIGHTS = 1;

  // linux/in.h, linux/in6.h and linux/udp.h
  private static final int IP_TOS = 1;
  private static final int IP_TTL = 2;
  private static final int IPV6_HOPLIMIT = 52;
  private static final int IPV6_TCLASS = 67;
  private static final int UDP_SEGMENT = 103;

  static ControlData none() {
    return new ControlData(ByteBuffer.allocate(0), List.of());
  }

  /**
   * Reads it.
   *
   * @throws Asked.Failed EACCES if something is in it that is not passed on, EINVAL if it has no
   *     form, ENOBUFS if it is too long
   */
  static ControlData read(Asked asked, Message message, boolean local)
      throws Asked.Failed, Asked.Gone, KernelException {
    if (message.control() == 0 || message.controlLength() == 0) {
      return none();
    }
    if (message.controlLength() < 0 || message.controlLength() > LONGEST) {
      throw new Asked.Failed(Errno.ENOBUFS);
    }
    ByteBuffer bytes = asked.numbers(message.control(), (int) message.controlLength());
    var descriptors = new ArrayList<Fd>();
    boolean done = false;
    try {
      int at = 0;
      while (bytes.capacity() - at >= HEADER) {
        long length = bytes.getLong(at);
        if (length < HEADER || length > bytes.capacity() - at) {
          throw new Asked.Failed(Errno.EINVAL);
        }
        pass(asked, bytes.slice(at, (int) length), local, descriptors);
        at += (int) (length + 7) & ~7;
      }
      done = true;
      return new ControlData(bytes, descriptors);
    } finally {
      if (!done) {
        close(descriptors);
      }
    }
  }

  private static void pass(Asked asked, ByteBuffer slice, boolean local, List<Fd> descriptors)
      throws Asked.Failed, Asked.Gone, KernelException {
    ByteBuffer one = slice.order(ByteOrder.nativeOrder());
    int level = one.getInt(8);
    int type = one.getInt(12);
    if (!local) {
      if (!marks(level, type)) {
        throw new Asked.Failed(Errno.EACCES);
      }
      return;
    }
    if (level != Uapi.SOL_SOCKET() || type != SCM_RIGHTS) {
      throw new Asked.Failed(Errno.EACCES);
    }
    for (int i = HEADER; i + Integer.BYTES <= one.capacity(); i += Integer.BYTES) {
      if (descriptors.size() == MOST_DESCRIPTORS) {
        throw new Asked.Failed(Errno.EINVAL);
      }
      Fd given = asked.descriptor(one.getInt(i));
      descriptors.add(given);
      one.putInt(i, given.number());
    }
  }

  private static boolean marks(int level, int type) {
    if (level == Uapi.IPPROTO_IP()) {
      return type == IP_TOS || type == IP_TTL;
    }
    if (level == Uapi.IPPROTO_IPV6()) {
      return type == IPV6_TCLASS || type == IPV6_HOPLIMIT;
    }
    return level == Uapi.IPPROTO_UDP() && type == UDP_SEGMENT;
  }

  private static void close(List<Fd> descriptors) {
    // They may be sockets as well.
    descriptors.forEach(fd -> new HostSocket(fd).close());
  }

  @Override
  public void close() {
    close(descriptors);
  }
}
