package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * A message as {@code sendmsg} has it, copied from a program's memory: once where it is to go,
 * later what is in it.
 *
 * <pre>
 * struct msghdr                                                       struct iovec
 *  0        8        12  16       24       32       40       48       0        8        16
 *  +--------+--------+---+--------+--------+--------+--------+        +--------+--------+
 *  | name   | length |   | iovec  | number | control| length |        | address| length |
 *  +--------+--------+---+--------+--------+--------+--------+        +--------+--------+
 * </pre>
 *
 * @param name where to, an address in the program; 0 for nowhere
 * @param nameLength its length
 * @param vectors where the parts are
 * @param parts how many
 * @param control what goes with it, 0 for nothing
 * @param controlLength its length
 */
record Message(
    long name, int nameLength, long vectors, long parts, long control, long controlLength) {
  static final int SIZE = 56;
  private static final int VECTOR = 16;

  /** UIO_MAXIOV of linux/uio.h. */
  private static final int MOST_PARTS = 1024;

  /** A datagram of either protocol is shorter. */
  static final int LONGEST_DATAGRAM = 65_535;

  /** Of a stream so much is sent at once; whoever has more sends the rest with the next call. */
  static final int LONGEST_PIECE = 1 << 18;

  static Message read(Asked asked, long address) throws Asked.Failed, Asked.Gone, KernelException {
    ByteBuffer header = asked.numbers(address, SIZE);
    long name = header.getLong(0);
    int length = header.getInt(8);
    if (name != 0 && length < 0) {
      throw new Asked.Failed(Errno.EINVAL);
    }
    // What is too long is cut off, as the kernel does.
    int nameLength = name == 0 ? 0 : Math.min(length, SocketName.LONGEST);
    return new Message(
        nameLength == 0 ? 0 : name,
        nameLength,
        header.getLong(16),
        header.getLong(24),
        header.getLong(32),
        header.getLong(40));
  }

  /** {@return a message of one part} */
  static Message of(long name, int nameLength) {
    return new Message(nameLength == 0 ? 0 : name, nameLength, 0, 0, 0, 0);
  }

  /**
   * Copies what is in it.
   *
   * @param stream whether a part of it may be sent
   * @throws Asked.Failed EMSGSIZE if it is longer than a datagram can be, or has too many parts
   */
  byte[] data(Asked asked, boolean stream) throws Asked.Failed, Asked.Gone, KernelException {
    if (parts < 0 || parts > MOST_PARTS) {
      throw new Asked.Failed(Errno.EMSGSIZE);
    }
    ByteBuffer all = asked.numbers(vectors, (int) parts * VECTOR);
    var data = new ByteArrayOutputStream();
    for (int i = 0; i < parts; i++) {
      long address = all.getLong(i * VECTOR);
      long length = all.getLong(i * VECTOR + Long.BYTES);
      if (length < 0) {
        throw new Asked.Failed(Errno.EINVAL);
      }
      byte[] part = data(asked, address, length, stream, data.size());
      data.writeBytes(part);
      if (part.length < length) {
        break;
      }
    }
    return data.toByteArray();
  }

  /**
   * Copies one part.
   *
   * @param before how much there is already
   */
  static byte[] data(Asked asked, long address, long length, boolean stream, int before)
      throws Asked.Failed, Asked.Gone, KernelException {
    int room = (stream ? LONGEST_PIECE : LONGEST_DATAGRAM) - before;
    if (!stream && Long.compareUnsigned(length, room) > 0) {
      throw new Asked.Failed(Errno.EMSGSIZE);
    }
    return asked.memory(address, (int) Math.min(length, room));
  }
}
