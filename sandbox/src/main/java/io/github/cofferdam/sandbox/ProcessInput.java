package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.Launched;
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
 * <p>The end of the process is the end of the stream, also while somebody outside holds the pipe.
 * Closing does not wait for a reader.
 */
final class ProcessInput extends InputStream {
  /** A stranger who has the pipe must not be able to go on for ever. */
  private static final int MOST_AFTER_THE_END = 1 << 20;

  private static final int CHUNK = 16 * 1024;

  private final Launched launched;
  private final int stream;
  private final FdInputStream pipe;

  /** Held by whoever takes bytes out of the pipe. */
  private final ReentrantLock reading = new ReentrantLock();

  private volatile @Nullable InputStream rest;
  private volatile boolean ended;
  private volatile boolean closed;

  /**
   * @param fd of the command's stream; taken over
   */
  ProcessInput(Launched launched, int stream, Fd fd) throws KernelException {
    this.launched = launched;
    this.stream = stream;
    pipe = new FdInputStream(fd);
    fd.neverBlock();
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
      while (true) {
        InputStream source = source();
        try {
          return source.read(bytes, offset, length);
        } catch (KernelException e) {
          if (e.errno() != Errno.EAGAIN) {
            throw e;
          }
        }
        if (launched.endsBefore(stream)) {
          takeRest();
        }
      }
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

  /** A reader that is at it sees to the rest itself. */
  private void takeRest() throws IOException {
    if (rest != null || closed || !reading.tryLock()) {
      return;
    }
    try (pipe) {
      if (rest == null) {
        rest = new ByteArrayInputStream(readRest());
      }
    } catch (IOException e) {
      if (!closed) {
        throw e;
      }
    } finally {
      reading.unlock();
    }
  }

  private byte[] readRest() throws IOException {
    var all = new ByteArrayOutputStream();
    var chunk = new byte[CHUNK];
    try {
      for (int count = pipe.read(chunk);
          count > 0 && all.size() < MOST_AFTER_THE_END;
          count = pipe.read(chunk)) {
        all.write(chunk, 0, count);
      }
    } catch (KernelException e) {
      // Somebody outside has the other end still.
      if (e.errno() != Errno.EAGAIN) {
        throw e;
      }
    }
    return all.toByteArray();
  }

  @Override
  public void close() {
    closed = true;
    pipe.close();
  }
}
