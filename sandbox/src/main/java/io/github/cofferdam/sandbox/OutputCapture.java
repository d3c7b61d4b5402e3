package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.Launched;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a command writes to its two streams until the command's tree has ended, in the thread
 * that waits for that.
 *
 * <p>The end of the tree is the end, whoever holds a stream: the command may have passed it to a
 * process outside, or hidden it in a socket. Then what is there by the end is kept.
 */
final class OutputCapture {
  private static final int CHUNK = 32 * 1024;

  /** How long the ends of the streams may come after the end of the tree. */
  private static final long LATE_NANOS = 50_000_000;

  /** A stranger who has a stream must not be able to go on for ever. */
  private static final int MOST_AFTER_THE_END = 1 << 20;

  private final Launched launched;
  private final Stream out;
  private final Stream err;

  private OutputCapture(Launched launched, int limit) {
    this.launched = launched;
    out = new Stream(launched.stream(1), limit);
    err = new Stream(launched.stream(2), limit);
  }

  /** What came of it. */
  record Captured(Exit exit, CapturedOutput output) {}

  /** One stream. */
  private static final class Stream {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final int limit;
    private final @Nullable Fd fd;
    private long read;
    private boolean truncated;
    private boolean ended;

    Stream(Optional<Fd> fd, int limit) {
      this.fd = fd.orElse(null);
      this.limit = limit;
      ended = fd.isEmpty();
    }

    /** Takes what is there now, at most so much. */
    void read(MemorySegment chunk, byte[] bytes, long most) throws KernelException {
      Fd pipe = fd;
      long until = read + most;
      while (pipe != null && !ended && read < until) {
        int count;
        try {
          count = pipe.read(chunk);
        } catch (KernelException e) {
          if (e.errno() == Errno.EAGAIN) {
            return;
          }
          throw e;
        }
        ended = count == 0;
        read += count;
        int wanted = Math.min(count, limit - kept.size());
        MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, 0, bytes, 0, wanted);
        kept.write(bytes, 0, wanted);
        truncated |= wanted < count;
      }
    }

    void close() {
      if (fd != null) {
        fd.close();
      }
    }
  }

  static Captured read(Launched launched, int limit) throws IOException, InterruptedException {
    for (int stream = 1; stream <= 2; stream++) {
      if (launched.stream(stream).isPresent()) {
        launched.stream(stream).get().neverBlock();
      }
    }
    return new OutputCapture(launched, limit).read();
  }

  private Captured read() throws IOException, InterruptedException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chunk = arena.allocate(CHUNK, Long.BYTES);
      var bytes = new byte[CHUNK];
      Optional<Exit> exit = Optional.empty();
      while (exit.isEmpty()) {
        exit = launched.awaitEither(open());
        if (exit.isEmpty()) {
          out.read(chunk, bytes, CHUNK);
          err.read(chunk, bytes, CHUNK);
        }
      }
      readRest(chunk, bytes);
      return new Captured(
          exit.get(),
          new CapturedOutput(
              out.kept.toByteArray(),
              err.kept.toByteArray(),
              out.truncated || err.truncated,
              out.ended,
              err.ended));
    } finally {
      out.close();
      err.close();
    }
  }

  private int[] open() {
    if (out.ended) {
      return err.ended ? new int[0] : new int[] {2};
    }
    return err.ended ? new int[] {1} : new int[] {1, 2};
  }

  private void readRest(MemorySegment chunk, byte[] bytes) throws KernelException {
    out.read(chunk, bytes, MOST_AFTER_THE_END);
    err.read(chunk, bytes, MOST_AFTER_THE_END);
    // A process that another thread is just starting may still have a copy, for a moment.
    long end = System.nanoTime() + LATE_NANOS;
    while (!(out.ended && err.ended) && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(500_000);
      out.read(chunk, bytes, 1);
      err.read(chunk, bytes, 1);
    }
  }
}
