package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Syscall;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A thread to put behind filters, which ends with its test. */
final class ConfinedThread implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  /** Runs something there and waits for it. */
  <T extends @Nullable Object> T run(Callable<T> task) throws Exception {
    return get(thread.submit(task));
  }

  /** Makes a system call there, for which somebody else may have to answer. */
  Future<Long> call(String syscall, long... args) {
    return thread.submit(() -> Syscall.call(Syscall.number(syscall), args));
  }

  static <T extends @Nullable Object> T get(Future<T> future) throws Exception {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** The thread ends, though perhaps only a moment later. */
  @Override
  public void close() {
    thread.shutdownNow();
    thread.close();
  }
}
