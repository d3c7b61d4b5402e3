package io.github.cofferdam.landlock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that all code of this virtual machine shares and that the JDK starts when somebody first
 * needs them. A kernel thread inherits the Landlock domain of the one that started it: if that was
 * a confined one, code that has nothing to do with it is confined as well, as long as that thread
 * lives. So they are started here, from a thread that is not confined, before anything is.
 */
final class SharedThreads {
  /**
   * How often {@link #ensureStarted} has to be called for them to stay: idle carriers of virtual
   * threads end after 30 s, workers of the common pool and the collector of processes after 60 s.
   */
  static final Duration REFRESH = Duration.ofSeconds(10);

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);
  private static final AtomicLong PROCESS_STARTED = new AtomicLong();

  private SharedThreads() {}

  /**
   * Starts those that do not run.
   *
   * @throws IllegalStateException if one cannot be started
   */
  static void ensureStarted() {
    commonPool();
    carriers();
    processReaper();
    // The common pool's timer, which stays.
    new CompletableFuture<Void>().orTimeout(1, TimeUnit.NANOSECONDS);
    // The JDK's cleaner, which stays.
    Arena.ofAuto().allocate(1);
  }

  /** All workers that the pool may have: the pool starts another one only if there are fewer. */
  private static void commonPool() {
    ForkJoinPool pool = ForkJoinPool.commonPool();
    int wanted = pool.getParallelism();
    // Also keeps the workers from idling too long.
    pool.execute(() -> {});
    if (pool.getPoolSize() >= wanted) {
      return;
    }
    var started = new CountDownLatch(1);
    try {
      for (int i = 0; i < wanted; i++) {
        pool.execute(() -> {
          try {
            started.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
      }
      long deadline = System.nanoTime() + PATIENCE;
      while (pool.getPoolSize() < wanted) {
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException(
              "the common pool has " + pool.getPoolSize() + " of " + wanted + " workers");
        }
        LockSupport.parkNanos(100_000);
      }
    } finally {
      started.countDown();
    }
  }

  /**
   * The carriers of virtual threads: as many virtual threads as there can be carriers wait for each
   * other without giving their carrier up. If other virtual threads hold a carrier, it runs already
   * and need not be waited for.
   */
  private static void carriers() {
    int wanted =
        Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    var running = new AtomicInteger();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
    for (int i = 0; i < wanted; i++) {
      Thread.ofVirtual()
          .start(() -> {
            running.incrementAndGet();
            while (running.get() < wanted && System.nanoTime() - deadline < 0) {
              Thread.onSpinWait();
            }
          });
    }
    while (running.get() < wanted && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(20_000);
    }
  }

  /** The thread that waits for child processes: it runs once a process has been waited for. */
  private static void processReaper() {
    long now = System.nanoTime();
    long last = PROCESS_STARTED.get();
    if ((last != 0 && now - last < REFRESH.multipliedBy(2).toNanos())
        || !PROCESS_STARTED.compareAndSet(last, now)) {
      return;
    }
    try {
      new ProcessBuilder("true").start().waitFor();
    } catch (IOException e) {
      // Without any process there is nothing to collect; and what confined code starts for itself
      // is collected by a thread that ends a minute later.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
