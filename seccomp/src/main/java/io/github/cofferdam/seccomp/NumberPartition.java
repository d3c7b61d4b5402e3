package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All numbers of an architecture, in ranges that two decisions treat alike. Blocks of numbers with
 * the same upper bits are halved until each is led to one place.
 */
final class NumberPartition {
  /** Blocks that are looked at before the partition is given up. */
  private static final int PATIENCE = 100_000;

  private final int audit;
  private final Decision first;
  private final Decision second;
  private final List<Range> ranges = new ArrayList<>();
  private int blocks;

  /**
   * Numbers, the last one included, and what is left to be asked about their calls.
   *
   * @param first by the first decision
   * @param second by the second
   */
  record Range(int from, int to, Decision first, Decision second) {}

  private NumberPartition(int audit, Decision first, Decision second) {
    this.audit = audit;
    this.first = first;
    this.second = second;
  }

  /**
   * {@return the ranges, in unsigned order; neighbours are treated differently}
   *
   * @throws IllegalArgumentException if there are far too many, since low bits of any number matter
   */
  static List<Range> of(Arch arch, Decision first, Decision second) {
    var partition = new NumberPartition(arch.auditArch(), first, second);
    switch (arch) {
      case X86_64 -> partition.divide(0, 30);
      case X32 -> {
        partition.divide(SeccompData.X32_BIT, 30);
        partition.divide(1 << 31, 31);
      }
      default -> partition.divide(0, 32);
    }
    return partition.ranges;
  }

  /** A block of numbers whose upper bits are those of from and whose lower ones are free. */
  private void divide(int from, int free) {
    if (++blocks > PATIENCE) {
      throw new IllegalArgumentException(
          "bits of the system call number are tested, for too many numbers to be compared");
    }
    int freeMask = free == Integer.SIZE ? -1 : (1 << free) - 1;
    Decision ofFirst = only(first, from, freeMask);
    Decision ofSecond = ofFirst == null ? null : only(second, from, freeMask);
    if (ofFirst != null && ofSecond != null) {
      add(new Range(from, from | freeMask, ofFirst, ofSecond));
    } else {
      divide(from, free - 1);
      divide(from | 1 << (free - 1), free - 1);
    }
  }

  private void add(Range range) {
    if (!ranges.isEmpty()
        && ranges.getLast().first.id() == range.first.id()
        && ranges.getLast().second.id() == range.second.id()) {
      Range before = ranges.removeLast();
      ranges.add(new Range(before.from, range.to, range.first, range.second));
    } else {
      ranges.add(range);
    }
  }

  /** Where all numbers of a block are led, or null if that is not one place. */
  private @Nullable Decision only(Decision root, int from, int freeMask) {
    var seen = new HashSet<Integer>();
    var open = new ArrayDeque<Decision>();
    open.add(root);
    Decision only = null;
    while (!open.isEmpty()) {
      Decision decision = open.remove();
      if (!seen.add(decision.id())) {
        continue;
      }
      if (decision instanceof Decision.Test test && test.word().offset() == SeccompData.ARCH) {
        open.add(test.word().holds(audit) ? test.ifTrue() : test.ifFalse());
      } else if (decision instanceof Decision.Test test
          && test.word().offset() == SeccompData.NUMBER) {
        if (mayBe(true, test.word(), from, freeMask)) {
          open.add(test.ifTrue());
        }
        if (mayBe(false, test.word(), from, freeMask)) {
          open.add(test.ifFalse());
        }
      } else if (only != null) {
        return null;
      } else {
        only = decision;
      }
    }
    return only;
  }

  /** Whether a test can turn out so for a number of a block; without free bits, exactly. */
  private static boolean mayBe(boolean holds, WordTest word, int from, int freeMask) {
    int lowest = from & word.mask();
    int highest = (from | freeMask) & word.mask();
    return switch (word.operator()) {
      case AT_LEAST -> Integer.compareUnsigned(holds ? highest : lowest, word.k()) >= 0 == holds;
      case ANY_SET -> holds ? (highest & word.k()) != 0 : (lowest & word.k()) == 0;
      case EQUAL ->
          holds ? ((word.k() ^ lowest) & ~freeMask) == 0 : lowest != highest || lowest != word.k();
    };
  }
}
