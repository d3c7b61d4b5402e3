package io.github.cofferdam.broker;

import java.util.List;

/**
 * How much of the network a run has asked for.
 *
 * @param allowed connections, datagrams with an address and places to listen that were allowed
 * @param refused those that were not, and names and answers that were refused
 * @param refusedTargets what was refused, each once, the first {@value #MOST} of them
 */
public record NetworkCounts(long allowed, long refused, List<String> refusedTargets) {
  /** As many as people read. */
  static final int MOST = 20;

  /** Keeps a copy of the list, which nobody can change. */
  public NetworkCounts {
    refusedTargets = List.copyOf(refusedTargets);
  }
}
