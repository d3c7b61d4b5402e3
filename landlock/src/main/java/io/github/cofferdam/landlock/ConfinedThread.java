package io.github.cofferdam.landlock;

import io.github.cofferdam.launcher.SetupException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;

/**
 * Code of this virtual machine, confined: it runs on a platform thread of its own that enters the
 * domain first and ends with it.
 *
 * {@snippet :
 * LandlockPolicy policy = LandlockPolicy.builder().readClasses().read(path).build();
 * LandlockLayer layer = policy.on(LandlockSupport.probe());
 * String text = ConfinedThread.call(layer, () -> Files.readString(path));
 * }
 *
 * <p>The threads that all code shares ({@link ForkJoinPool#commonPool}, the carriers of virtual
 * threads, the JDK's own) are started before and kept alive meanwhile, so that none of them is
 * started from inside and stays confined. So are those with which Cofferdam looks after commands.
 * The other side of that: what the code hands to them, {@code CompletableFuture.supplyAsync} or a
 * virtual thread for example, is <em>not</em> confined. Threads and processes that it starts by
 * itself are.
 *
 * <p>A thread is no wall against code that wants out: it shares its memory with all others. This is
 * for trusted code that works on what is not, such as a parser. Anything else belongs in a child.
 *
 * <p>Classes that are first used in there are also read in there. Grant what they are read from
 * ({@link LandlockPolicy.Builder#readClasses}): a class that could not be read inside stays broken
 * outside as well, for the code that asked for it, and so does one whose initialiser failed; of a
 * jar that could not be opened inside, the class loader makes no use any more.
 */
public final class ConfinedThread {
  private ConfinedThread() {}

  /**
   * Runs something confined. Call it from a thread that is not confined itself. If the caller is
   * interrupted, so is the confined thread, which then runs on by itself.
   *
   * @return what the work returned
   * @throws IllegalStateException if the layer restricts nothing
   * @throws SetupException if the domain cannot be entered; the work was not started
   * @throws InterruptedException if the caller is interrupted
   * @throws Exception what the work threw
   */
  public static <T> T call(LandlockLayer layer, Callable<T> work) throws Exception {
    var task =
        new FutureTask<T>(() -> {
          layer.restrictThisThread();
          return work.call();
        });
    SharedThreads.ensureStarted();
    Thread thread = Thread.ofPlatform().name("cofferdam-confined").daemon().unstarted(task);
    thread.start();
    try {
      while (!thread.join(SharedThreads.REFRESH)) {
        SharedThreads.ensureStarted();
      }
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e);
    }
  }
}
