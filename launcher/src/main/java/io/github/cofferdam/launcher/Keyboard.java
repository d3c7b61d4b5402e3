package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Where a command's input is typed. */
final class Keyboard extends OutputStream {
  private static final int BUFFER_SIZE = 4 * 1024;

  private final PseudoTerminal terminal;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_SIZE);
  private boolean inLine;
  private boolean closed;

  Keyboard(PseudoTerminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (closed) {
      throw new IOException("stream closed");
    }
    for (int done = 0; done < length; ) {
      int count = Math.min(length - done, BUFFER_SIZE);
      MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, 0, count);
      terminal.writeFully(buffer.asSlice(0, count));
      done += count;
      inLine = bytes[offset + done - 1] != '\n';
    }
  }

  /** Within a line, the first key only ends the line. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      byte key = terminal.modes().endOfFile();
      if (key != 0) {
        buffer.set(ValueLayout.JAVA_BYTE, 0, key);
        buffer.set(ValueLayout.JAVA_BYTE, 1, key);
        terminal.writeFully(buffer.asSlice(0, inLine ? 2 : 1));
      }
    } catch (KernelException e) {
      // A command that has ended, or a terminal that is closed, needs no end of its input.
      if (e.errno() != Errno.EIO && e.errno() != Errno.EBADF) {
        throw e;
      }
    }
  }
}
