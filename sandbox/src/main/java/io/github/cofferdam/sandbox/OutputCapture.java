package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Reads two streams at the same time, each to its end. */
final class OutputCapture {
  private static final int CHUNK = 16 * 1024;

  private OutputCapture() {}

  /** One stream read to its end. */
  private static final class Stream {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private boolean truncated;

    static Stream read(Optional<Fd> fd, int limit) {
      var stream = new Stream();
      if (fd.isEmpty()) {
        return stream;
      }
      try (var in = new FdInputStream(fd.get())) {
        var chunk = new byte[CHUNK];
        for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
          int wanted = Math.min(count, limit - stream.kept.size());
          stream.kept.write(chunk, 0, wanted);
          stream.truncated |= wanted < count;
        }
        return stream;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static CapturedOutput read(Optional<Fd> out, Optional<Fd> err, int limit)
      throws IOException, InterruptedException {
    var error = CompletableFuture.supplyAsync(() -> Stream.read(err, limit), Workers.EXECUTOR);
    var output = CompletableFuture.supplyAsync(() -> Stream.read(out, limit), Workers.EXECUTOR);
    try {
      Stream first = output.get();
      Stream second = error.get();
      return new CapturedOutput(
          first.kept.toByteArray(), second.kept.toByteArray(), first.truncated || second.truncated);
    } catch (ExecutionException e) {
      throw new IOException("cannot read the command's output", e.getCause());
    }
  }
}
