package io.github.cofferdam.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * What this virtual machine has.
 *
 * @param memory its proportional set size in bytes
 * @param heap bytes of its heap that are in use
 * @param descriptors that are open
 * @param threads of all kinds
 */
record Holdings(long memory, long heap, long descriptors, long threads) {
  static Holdings now() throws IOException {
    // What is only garbage is no sandbox's.
    System.gc();
    awaitCleaners();
    return new Holdings(
        ProcFiles.proportional("self").orElse(0),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        ProcFiles.descriptors(),
        ProcFiles.threads());
  }

  /** What garbage held open is closed by other threads: until nothing has changed for a while. */
  private static void awaitCleaners() throws IOException {
    long descriptors = ProcFiles.descriptors();
    int unchanged = 0;
    for (int i = 0; i < 100 && unchanged < 5; i++) {
      LockSupport.parkNanos(10_000_000);
      long now = ProcFiles.descriptors();
      unchanged = now == descriptors ? unchanged + 1 : 0;
      descriptors = now;
    }
  }
}
