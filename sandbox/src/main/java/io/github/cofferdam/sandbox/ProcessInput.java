package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a process writes. When the process has ended, the rest is taken out of the pipe and the
 * descriptor is closed, so that callers who never close a stream leak nothing. (The JDK's processes
 * do the same.)
 *
 * <p>Closing does not wait for a reader, and neither does the end of the process: a reader that is
 * still in the kernel then, because somebody outside holds the pipe, sees to the rest itself.
 */
final class ProcessInput extends InputStream {
  private final FdInputStream pipe;

  /** Held by whoever takes bytes out of the pipe. */
  private final ReentrantLock reading = new ReentrantLock();

  private volatile @Nullable InputStream rest;
  private volatile boolean ended;
  private volatile boolean closed;

  ProcessInput(Fd fd) {
    pipe = new FdInputStream(fd);
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    reading.lock();
    try {
      return source().read(bytes, offset, length);
    } finally {
      reading.unlock();
      if (ended) {
        takeRest();
      }
    }
  }

  @Override
  public int available() throws IOException {
    try {
      return source().available();
    } catch (IOException e) {
      // The rest may just have been taken.
      if (rest == null) {
        throw e;
      }
      return source().available();
    }
  }

  private InputStream source() throws IOException {
    if (closed) {
      throw new IOException("Stream closed");
    }
    InputStream taken = rest;
    return taken == null ? pipe : taken;
  }

  /** The process has ended: what the pipe holds is all that will come. */
  void end() throws IOException {
    ended = true;
    takeRest();
  }

  private void takeRest() throws IOException {
    if (rest != null || closed || !reading.tryLock()) {
      return;
    }
    try (pipe) {
      if (rest == null) {
        // Never more than what is there: somebody outside may have been given the other end.
        var bytes = new ByteArrayOutputStream();
        for (int count = pipe.available(); count > 0; count = pipe.available()) {
          bytes.writeBytes(pipe.readNBytes(count));
        }
        rest = new ByteArrayInputStream(bytes.toByteArray());
      }
    } catch (IOException e) {
      if (!closed) {
        throw e;
      }
    } finally {
      reading.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    pipe.close();
  }
}
