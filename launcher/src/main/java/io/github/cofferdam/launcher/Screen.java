package io.github.cofferdam.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** What a command writes to its terminal. */
final class Screen extends InputStream {
  private static final int BUFFER_SIZE = 16 * 1024;

  private final PseudoTerminal terminal;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_SIZE);

  Screen(PseudoTerminal terminal) {
    this.terminal = terminal;
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
    int count = terminal.read(buffer.asSlice(0, Math.min(length, BUFFER_SIZE)));
    if (count == 0) {
      return -1;
    }
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, count);
    return count;
  }
}
