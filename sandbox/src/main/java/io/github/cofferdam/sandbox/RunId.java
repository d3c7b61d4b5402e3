package io.github.cofferdam.sandbox;

import java.util.concurrent.atomic.AtomicLong;

/** Names of runs: unique among all processes of a machine, and in order of time within one. */
final class RunId {
  private static final AtomicLong COUNTER = new AtomicLong();

  private RunId() {}

  static String next() {
    return Long.toHexString(System.currentTimeMillis())
        + "-"
        + Long.toHexString(ProcessHandle.current().pid())
        + "-"
        + Long.toHexString(COUNTER.incrementAndGet());
  }
}
