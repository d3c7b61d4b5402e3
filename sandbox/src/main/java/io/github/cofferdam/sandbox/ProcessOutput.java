package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.Launched;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * What a process reads. When the process has ended, nobody reads it any more, also while somebody
 * outside holds the pipe: a write fails then, as it does when a pipe has no reader.
 */
final class ProcessOutput extends OutputStream {
  private static final int BUFFER_SIZE = 16 * 1024;

  private final Launched launched;
  private final Fd pipe;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_SIZE, Long.BYTES);

  /**
   * @param pipe to the command's standard input; taken over
   */
  ProcessOutput(Launched launched, Fd pipe) throws KernelException {
    this.launched = launched;
    this.pipe = pipe;
    pipe.neverBlock();
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (pipe.isClosed()) {
      throw new IOException("Stream closed");
    }
    for (int done = 0; done < length; ) {
      int count = Math.min(length - done, BUFFER_SIZE);
      MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, 0, count);
      writeFully(buffer.asSlice(0, count));
      done += count;
    }
  }

  private void writeFully(MemorySegment bytes) throws IOException {
    for (long done = 0; done < bytes.byteSize(); ) {
      try {
        done += pipe.write(bytes.asSlice(done));
      } catch (KernelException e) {
        if (e.errno() == Errno.EPIPE) {
          throw brokenPipe(e);
        }
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
        if (launched.endsBefore(0)) {
          throw brokenPipe(
              new KernelException("write", Errno.EPIPE, "write to a command that has ended"));
        }
      }
    }
  }

  /** In the words of the JDK's streams: there is code that looks for them. */
  private static IOException brokenPipe(KernelException cause) {
    return new IOException("Broken pipe", cause);
  }

  @Override
  public void close() {
    pipe.close();
  }
}
