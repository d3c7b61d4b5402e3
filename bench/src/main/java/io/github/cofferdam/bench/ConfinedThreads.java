package io.github.cofferdam.bench;

import java.lang.foreign.Arena;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Platform threads that confine themselves, and end with that. What runs on them makes system calls
 * only: a thread that others use, if it were started from there, would stay confined.
 */
final class ConfinedThreads {
  private ConfinedThreads() {}

  /** {@return what some work returns on a thread of its own} */
  static <T> T call(Callable<T> work) throws Exception {
    // Starts the JDK's cleaner from here, if it does not run: bindings need it in each thread.
    Arena.ofAuto().allocate(1);
    var task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().name("cofferdam-bench-confined").start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } finally {
      thread.join();
    }
  }
}
