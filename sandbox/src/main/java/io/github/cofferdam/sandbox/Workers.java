package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.ThreadStarter;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Daemon threads that collect the ends of processes and read their output. They are platform
 * threads, because both may block in the kernel, and they end after a minute without work.
 */
final class Workers {
  private static final long STACK_SIZE = 128 * 1024;

  static final ExecutorService EXECUTOR =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().stackSize(STACK_SIZE).name("cofferdam-", 0).factory());

  private Workers() {}

  /** Runs a task that must not be lost: in this thread where no other can be had. */
  static void execute(Runnable task) {
    try {
      ThreadStarter.run(() -> EXECUTOR.execute(task));
    } catch (OutOfMemoryError e) {
      // What the virtual machine says when the system lets it have no more threads.
      task.run();
    }
  }
}
