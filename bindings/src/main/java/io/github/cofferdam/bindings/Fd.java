package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An owned file descriptor.
 *
 * <p>Safe for use by several threads: {@link #close} takes effect at once for new callers, but the
 * number is given back to the kernel only when the last running call has returned, so that no call
 * can ever reach a stranger's descriptor. {@code close} does not interrupt a call that blocks.
 */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = 1 << 31;

  /** Code that takes 0 to 2 for the standard streams must not meet another file there. */
  private static final int ABOVE_STANDARD = 3;

  private static final int READ = Syscall.number("read");
  private static final int WRITE = Syscall.number("write");
  private static final int CLOSE = Syscall.number("close");
  private static final int FCNTL = Syscall.number("fcntl");

  private final int number;

  /** Number of running calls; {@link #CLOSED} is added once closed. */
  private final AtomicInteger uses = new AtomicInteger();

  private Fd(int number) {
    this.number = number;
  }

  /**
   * {@return the owner of an open descriptor}; nobody else may close it.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public static Fd owning(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("not a descriptor: " + number);
    }
    return new Fd(number);
  }

  /**
   * {@return the owner of the descriptor that a system call returned}
   *
   * @throws KernelException if the result is an error
   */
  public static Fd owning(long result, String syscall, String doing) throws KernelException {
    return owning((int) Syscall.check(result, syscall, doing));
  }

  /**
   * {@return the descriptor's number}
   *
   * @throws IllegalStateException if it is closed and no {@link #acquire} holds it
   */
  public int number() {
    if (uses.get() == CLOSED) {
      throw new IllegalStateException("descriptor " + number + " is closed");
    }
    return number;
  }

  /** {@return whether {@link #close} was called} */
  public boolean isClosed() {
    return uses.get() < 0;
  }

  /**
   * Reads at most the buffer's size, blocking as the descriptor does; see {@code read(2)}.
   *
   * @return bytes read, 0 at the end of the file
   * @throws KernelException EBADF if it is closed or not open for reading, EAGAIN if it does not
   *     block and there is nothing, EIO and others as read(2) says
   */
  public int read(MemorySegment buffer) throws KernelException {
    return (int)
        transfer(READ, "read", "read from descriptor ", buffer.address(), buffer.byteSize());
  }

  /**
   * Writes at most the buffer's content; see {@code write(2)}.
   *
   * @return bytes written
   * @throws KernelException EBADF if it is closed or not open for writing, EAGAIN if it does not
   *     block and there is no room, EPIPE if nobody can read it any more, ENOSPC and others as
   *     write(2) says
   */
  public int write(MemorySegment buffer) throws KernelException {
    return (int)
        transfer(WRITE, "write", "write to descriptor ", buffer.address(), buffer.byteSize());
  }

  /**
   * Writes all of the buffer.
   *
   * @throws KernelException as {@link #write}; a part may have been written by then
   */
  public void writeFully(MemorySegment buffer) throws KernelException {
    long done = 0;
    while (done < buffer.byteSize()) {
      done += write(buffer.asSlice(done));
    }
  }

  /**
   * Has reads and writes answer EAGAIN instead of waiting, for everybody who shares this open file;
   * see {@code fcntl(2)}, F_SETFL.
   *
   * @throws KernelException EBADF if it is closed
   */
  public void neverBlock() throws KernelException {
    if (!acquire()) {
      throw new KernelException("fcntl", Errno.EBADF, "use descriptor " + number);
    }
    try {
      long flags =
          Syscall.check(
              Syscall.call(FCNTL, number, Uapi.F_GETFL()), "fcntl", "read a file's flags");
      Syscall.check(
          Syscall.call(FCNTL, number, Uapi.F_SETFL(), flags | Uapi.O_NONBLOCK()),
          "fcntl",
          "set a file's flags");
    } finally {
      release();
    }
  }

  /**
   * {@return another descriptor of the same open file}, closed on exec
   *
   * @throws KernelException EBADF if it is closed; EMFILE if there are no more descriptors
   */
  public Fd duplicate() throws KernelException {
    if (!acquire()) {
      throw new KernelException("fcntl", Errno.EBADF, "use descriptor " + number);
    }
    try {
      return owning(
          Syscall.call(FCNTL, number, Uapi.F_DUPFD_CLOEXEC(), ABOVE_STANDARD),
          "fcntl",
          "copy descriptor " + number);
    } finally {
      release();
    }
  }

  /** Keeps the number valid until {@link #release}; false if already closed. */
  public boolean acquire() {
    int before;
    do {
      before = uses.get();
      if (before < 0) {
        return false;
      }
    } while (!uses.compareAndSet(before, before + 1));
    return true;
  }

  /** Ends what {@link #acquire} began. */
  public void release() {
    if (uses.decrementAndGet() == CLOSED) {
      Syscall.call(CLOSE, number);
    }
  }

  @Override
  public void close() {
    int before = uses.getAndUpdate(now -> now | CLOSED);
    if (before == 0) {
      Syscall.call(CLOSE, number);
    }
  }

  @Override
  public String toString() {
    return "fd " + number + (isClosed() ? " (closed)" : "");
  }

  private long transfer(int nr, String syscall, String doing, long address, long size)
      throws KernelException {
    if (!acquire()) {
      throw new KernelException(syscall, Errno.EBADF, doing + number + ", which is closed");
    }
    try {
      long result;
      do {
        result = Syscall.call(nr, number, address, size);
      } while (result == -Errno.EINTR.number());
      return Syscall.check(result, syscall, doing + number);
    } finally {
      release();
    }
  }
}
