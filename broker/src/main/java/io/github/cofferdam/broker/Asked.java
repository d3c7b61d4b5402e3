package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.seccomp.FromTarget;
import io.github.cofferdam.seccomp.Notification;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A call that waits for an answer, read once: what a program's memory says is copied, and the copy
 * is what everything after goes by.
 *
 * @param notification the call
 */
record Asked(Notification notification) {
  /** The call ends with an error, whoever it was that found it. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Errno errno;

    Failed(Errno errno) {
      super(errno.toString(), null, false, false);
      this.errno = errno;
    }

    Errno errno() {
      return errno;
    }
  }

  /** Nobody waits for the answer any more. */
  static final class Gone extends Exception {
    private static final long serialVersionUID = 1;

    Gone() {
      super("the program does not wait any more", null, false, false);
    }
  }

  /** {@return an argument of which the kernel looks at the lower 32 bits} */
  int number(int index) {
    return (int) notification.argument(index);
  }

  /**
   * Copies memory.
   *
   * @throws Failed EFAULT if it is not all readable
   */
  byte[] memory(long address, int length) throws Failed, Gone, KernelException {
    return length == 0 ? new byte[0] : value(notification.readMemory(address, length));
  }

  /** Copies memory whose numbers are the machine's. */
  ByteBuffer numbers(long address, int length) throws Failed, Gone, KernelException {
    return ByteBuffer.wrap(memory(address, length)).order(ByteOrder.nativeOrder());
  }

  /**
   * Copies an address, as the kernel would.
   *
   * @param unspecifiedIsV4 as {@link SocketName#parse}
   * @throws Failed EINVAL if its length is none
   */
  SocketName name(long address, int length, boolean unspecifiedIsV4)
      throws Failed, Gone, KernelException {
    if (length < 0 || length > SocketName.LONGEST) {
      throw new Failed(Errno.EINVAL);
    }
    return SocketName.parse(memory(address, length), unspecifiedIsV4);
  }

  /**
   * Takes hold of the socket that the call is about.
   *
   * @throws Failed EBADF, or EPERM where this process may not look into the program
   */
  HostSocket socket() throws Failed, Gone, KernelException {
    return new HostSocket(value(notification.duplicate(number(0))));
  }

  /** Takes hold of another descriptor of the program's. */
  Fd descriptor(int number) throws Failed, Gone, KernelException {
    return value(notification.duplicate(number));
  }

  /** Changes memory of the program's own. */
  void write(long address, byte[] bytes) throws Failed, Gone, KernelException {
    var _ = value(notification.writeMemory(address, bytes));
  }

  private static <T> T value(FromTarget<T> from) throws Failed, Gone {
    return switch (from) {
      case FromTarget.Value<T>(T value) -> value;
      case FromTarget.Refused<T>(Errno errno) -> throw new Failed(errno);
      case FromTarget.Gone<T>() -> throw new Gone();
    };
  }

  /** Answers with what the kernel said to this process. */
  void answer(long result) throws KernelException {
    if (Syscall.isError(result)) {
      fail(Errno.of((int) -result));
    } else {
      var _ = notification.answerValue(result);
    }
  }

  /**
   * Answers that a signal is in the way, upon which the program makes the call again if its handler
   * wants that; not if the call has a time limit, which would begin anew (signal(7)).
   */
  void interrupt(boolean limited) throws KernelException {
    var _ = limited ? notification.answerErrno(Errno.EINTR) : notification.answerInterrupted();
  }

  /** Answers with an error. */
  void fail(Errno errno) throws KernelException {
    var _ = notification.answerErrno(errno == Errno.UNKNOWN ? Errno.EIO : errno);
  }
}
