package io.github.cofferdam.sandbox;

import java.util.List;

/**
 * How much of the network a command has asked for, where its destinations are decided on one by
 * one.
 *
 * @param allowed how many connections, datagrams with an address and places to listen were allowed
 * @param refused how many were not, and names and answers that were refused
 * @param refusedTargets what was refused and why, each once, and the first 20 of them at most: data
 *     of the command's, in which any character may be
 */
public record NetworkUse(long allowed, long refused, List<String> refusedTargets) {
  /** Keeps a copy of the list, which nobody can change. */
  public NetworkUse {
    refusedTargets = List.copyOf(refusedTargets);
  }
}
