package io.github.cofferdam.bindings;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Writes to a descriptor that it owns, unbuffered. */
public final class FdOutputStream extends OutputStream {
  private static final int BUFFER_SIZE = 16 * 1024;

  private final Fd fd;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_SIZE, Long.BYTES);

  /** Takes over {@code fd}: closing the stream closes it. */
  public FdOutputStream(Fd fd) {
    this.fd = fd;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    for (int done = 0; done < length; ) {
      int count = Math.min(length - done, BUFFER_SIZE);
      MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, 0, count);
      fd.writeFully(buffer.asSlice(0, count));
      done += count;
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
