package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * What a process writes. When the process has ended, the rest is taken out of the pipe and the
 * descriptor is closed, so that callers who never close a stream leak nothing. (The JDK's processes
 * do the same.)
 */
final class ProcessInput extends InputStream {
  private InputStream source;
  private boolean closed;

  ProcessInput(Fd fd) {
    source = new FdInputStream(fd);
  }

  @Override
  public synchronized int read() throws IOException {
    return source.read();
  }

  @Override
  public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
    return source.read(bytes, offset, length);
  }

  @Override
  public synchronized int available() throws IOException {
    return source.available();
  }

  /**
   * All writers have ended: a reader that waits wakes up, and the rest is no more than a pipe
   * holds.
   */
  synchronized void drain() throws IOException {
    if (!closed) {
      try (InputStream pipe = source) {
        source = new ByteArrayInputStream(pipe.readAllBytes());
      }
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      source.close();
    }
  }
}
