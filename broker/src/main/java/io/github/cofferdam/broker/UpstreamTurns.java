package io.github.cofferdam.broker;

import java.util.LinkedHashSet;

/**
 * How many questions all runs of this virtual machine may have under way at once: each takes a
 * descriptor. Used by the one thread of {@link SelectorThread}.
 */
final class UpstreamTurns {
  static final int MOST = 256;

  /** Of that thread: there is one at a time, and none of its questions outlive it. */
  private final LinkedHashSet<Upstream> waiting = new LinkedHashSet<>();

  private int taken;

  /** {@return whether one more may be asked}; if not, its run is told later */
  boolean take(Upstream upstream) {
    if (taken == MOST) {
      waiting.add(upstream);
      return false;
    }
    taken++;
    return true;
  }

  /** Says that one has its answer. Those that wait have their turn, the first of them first. */
  void giveBack() {
    taken--;
    while (taken < MOST && !waiting.isEmpty()) {
      waiting.removeFirst().askNext();
    }
  }

  /** Says that a run waits no more. */
  void forget(Upstream upstream) {
    waiting.remove(upstream);
  }
}
