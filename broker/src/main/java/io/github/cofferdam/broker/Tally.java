package io.github.cofferdam.broker;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/** Counts what a run has asked for. Safe for use by several threads. */
final class Tally {
  private final Set<String> targets = new LinkedHashSet<>();
  private long allowed;
  private long refused;

  synchronized void add(NetworkDecision decision) {
    if (decision.allowed()) {
      allowed++;
      return;
    }
    addRefused(decision.target() + ": " + decision.rule());
  }

  /** Counts one that was refused, whatever was decided. */
  synchronized void addRefused(String target) {
    refused++;
    if (targets.size() < NetworkCounts.MOST) {
      targets.add(target);
    }
  }

  /** Counts one that nobody wants to hear of. */
  synchronized void addAllowed() {
    allowed++;
  }

  synchronized NetworkCounts counts() {
    return new NetworkCounts(allowed, refused, new ArrayList<>(targets));
  }
}
