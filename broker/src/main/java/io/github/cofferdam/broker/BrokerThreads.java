package io.github.cofferdam.broker;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Threads for what may wait. They are made by those that need one, which are the supervisor's
 * thread and they themselves, so that they are as unconfined as that one: nobody else calls this.
 */
final class BrokerThreads {
  private static final long STACK_SIZE = 128 * 1024;

  private static final ExecutorService WORKERS =
      Executors.newCachedThreadPool(named("cofferdam-broker-"));

  private static final ScheduledThreadPoolExecutor LOOKS = looks();

  private BrokerThreads() {}

  private static ThreadFactory named(String name) {
    return Thread.ofPlatform()
        .daemon()
        .stackSize(STACK_SIZE)
        .inheritInheritableThreadLocals(false)
        .name(name, 0)
        .factory();
  }

  private static ScheduledThreadPoolExecutor looks() {
    var looks = new ScheduledThreadPoolExecutor(1, named("cofferdam-signals-"));
    looks.setRemoveOnCancelPolicy(true);
    looks.setKeepAliveTime(10, TimeUnit.SECONDS);
    looks.allowCoreThreadTimeOut(true);
    return looks;
  }

  /** {@return those that wait, each for one thing} */
  static ExecutorService workers() {
    return WORKERS;
  }

  /** {@return the one that looks again and again, and never waits} */
  static ScheduledThreadPoolExecutor looking() {
    return LOOKS;
  }
}
