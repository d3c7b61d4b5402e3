package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Reads a descriptor that it owns. */
public final class FdInputStream extends InputStream {
  private static final int BUFFER_SIZE = 16 * 1024;
  private static final int IOCTL = Syscall.number("ioctl");

  private final Fd fd;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_SIZE, Long.BYTES);

  /** Takes over {@code fd}: closing the stream closes it. */
  public FdInputStream(Fd fd) {
    this.fd = fd;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    int count = fd.read(buffer.asSlice(0, Math.min(length, BUFFER_SIZE)));
    if (count == 0) {
      return -1;
    }
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, count);
    return count;
  }

  /**
   * {@return how many bytes can be read without blocking}
   *
   * @throws IOException if it is closed
   */
  @Override
  public int available() throws IOException {
    if (!fd.acquire()) {
      throw new IOException("stream closed");
    }
    try (Arena arena = Arena.ofConfined()) {
      var count = arena.allocate(ValueLayout.JAVA_INT);
      long result = Syscall.call(IOCTL, fd.number(), Uapi.FIONREAD(), count.address());
      return Syscall.isError(result) ? 0 : count.get(ValueLayout.JAVA_INT, 0);
    } finally {
      fd.release();
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
