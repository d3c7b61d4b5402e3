package io.github.cofferdam.launcher;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Starts the threads that look after all commands of this virtual machine. A kernel thread inherits
 * the Landlock domains and seccomp filters of the one that starts it, and must not have those of
 * whoever happened to need it first: it could not give back what belongs to others. So before a
 * thread of this process confines itself, another one is set aside, and from then on it starts
 * them.
 */
public final class ThreadStarter {
  private static final long STACK_SIZE = 128 * 1024;

  /** What the one that was set aside has to do; null as long as no thread was ever confined. */
  private static volatile @Nullable BlockingQueue<FutureTask<?>> work;

  private ThreadStarter() {}

  /** Sets a thread aside. To be called by one that is about to confine itself. */
  static synchronized void setAside() {
    if (work != null) {
      return;
    }
    var queue = new LinkedBlockingQueue<FutureTask<?>>();
    Thread.ofPlatform()
        .daemon()
        .stackSize(STACK_SIZE)
        .inheritInheritableThreadLocals(false)
        .name("cofferdam-starter")
        .start(() -> work(queue));
    work = queue;
  }

  private static void work(BlockingQueue<FutureTask<?>> queue) {
    while (true) {
      try {
        queue.take().run();
      } catch (InterruptedException e) {
        // Nobody has anything to interrupt here: others would lose their threads.
      }
    }
  }

  /**
   * Does something in a thread that is not confined, and waits for it: in the calling one if none
   * of this process has confined itself by a {@link SetupProgram}.
   *
   * @param start starts a thread, or hands a task to what may start one; is done at once
   */
  public static void run(Runnable start) {
    BlockingQueue<FutureTask<?>> queue = work;
    if (queue == null) {
      start.run();
      return;
    }
    var task = new FutureTask<@Nullable Void>(start, null);
    queue.add(task);
    boolean interrupted = false;
    while (true) {
      try {
        task.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        throw unchecked(e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static RuntimeException unchecked(ExecutionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
  }
}
