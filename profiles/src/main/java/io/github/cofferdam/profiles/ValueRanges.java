package io.github.cofferdam.profiles;

import io.github.cofferdam.seccomp.Argument;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Values of an argument, or of its lower half: ranges in ascending order that do not touch.
 *
 * @param bits 32 or 64
 * @param ranges of unsigned numbers
 */
record ValueRanges(int bits, List<Range> ranges) {

  /**
   * Values from one to another, both included.
   *
   * @param first the smallest
   * @param last the largest
   */
  record Range(long first, long last) {}

  /** {@code (argument & mask) == value}. */
  record Pattern(long mask, long value) {}

  ValueRanges {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparing(Range::first, Long::compareUnsigned));
    var merged = new ArrayList<Range>();
    for (Range range : sorted) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      boolean touches =
          before != null
              && (before.last == -1 || Long.compareUnsigned(range.first, before.last + 1) <= 0);
      if (before != null && touches) {
        long last = Long.compareUnsigned(before.last, range.last) > 0 ? before.last : range.last;
        merged.set(merged.size() - 1, new Range(before.first, last));
      } else {
        merged.add(range);
      }
    }
    ranges = List.copyOf(merged);
  }

  private static long highest(int bits) {
    return bits == 32 ? 0xffff_ffffL : -1;
  }

  /** The values that meet a comparison which looks at all bits of its width. */
  static ValueRanges of(Comparison comparison) {
    int bits = comparison.width() == Comparison.Width.BITS_32 ? 32 : 64;
    long highest = highest(bits);
    var ranges = new ArrayList<Range>();
    long operand = comparison.operands().getFirst();
    switch (comparison.operator()) {
      case IN, NOT_IN -> comparison.operands().forEach(each -> ranges.add(new Range(each, each)));
      case LESS, AT_LEAST -> {
        if (operand != 0) {
          ranges.add(new Range(0, operand - 1));
        }
      }
      case AT_MOST, GREATER -> ranges.add(new Range(0, operand));
    }
    var values = new ValueRanges(bits, ranges);
    return switch (comparison.operator()) {
      case IN, LESS, AT_MOST -> values;
      case NOT_IN, AT_LEAST, GREATER -> values.complement(highest);
    };
  }

  private ValueRanges complement(long highest) {
    var others = new ArrayList<Range>();
    long next = 0;
    for (Range range : ranges) {
      if (range.first != next) {
        others.add(new Range(next, range.first - 1));
      }
      if (range.last == highest) {
        return new ValueRanges(bits, others);
      }
      next = range.last + 1;
    }
    others.add(new Range(next, highest));
    return new ValueRanges(bits, others);
  }

  ValueRanges or(ValueRanges other) {
    var all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return new ValueRanges(bits, all);
  }

  ValueRanges and(ValueRanges other) {
    long highest = highest(bits);
    return complement(highest).or(other.complement(highest)).complement(highest);
  }

  /** As few patterns as there can be: each is a range whose size is a power of two. */
  List<Pattern> patterns() {
    var patterns = new ArrayList<Pattern>();
    for (Range range : ranges) {
      long first = range.first;
      while (true) {
        // All bits that are 0 at the end of the first value may be any, as long as none is too
        // large.
        long free = first == 0 ? highest(bits) : (first & -first) - 1;
        while (Long.compareUnsigned(first + free, range.last) > 0
            || Long.compareUnsigned(first + free, first) < 0) {
          free >>>= 1;
        }
        patterns.add(new Pattern(highest(bits) & ~free, first));
        long last = first + free;
        if (last == range.last) {
          break;
        }
        first = last + 1;
      }
    }
    return patterns;
  }

  /** Whether a comparison is a pattern of those that {@link #patterns} makes. */
  static boolean isPattern(Comparison comparison) {
    long mask = comparison.mask();
    boolean lower = mask >>> 32 == 0;
    long free = lower ? ~mask & 0xffff_ffffL : ~mask;
    return comparison.operator() == Comparison.Operator.IN
        && comparison.width() == Comparison.Width.BITS_64
        && comparison.operands().size() == 1
        && mask != 0
        && mask != -1
        && (free & (free + 1)) == 0;
  }

  /** The values that meet such a pattern. */
  static ValueRanges ofPattern(Comparison comparison) {
    long mask = comparison.mask();
    int bits = mask >>> 32 == 0 ? 32 : 64;
    long first = comparison.operands().getFirst();
    return new ValueRanges(bits, List.of(new Range(first, first | (~mask & highest(bits)))));
  }

  /** That an argument is one of the values. */
  Condition condition(int argument) {
    ValueRanges others = complement(highest(bits));
    if (others.ranges.size() < ranges.size()) {
      return others.ranges.isEmpty()
          ? Conditions.ALWAYS
          : Condition.not(others.condition(argument));
    }
    List<Condition> conditions = ranges.stream().map(range -> condition(argument, range)).toList();
    return Conditions.any(conditions);
  }

  private Condition condition(int argument, Range range) {
    boolean low = bits == 32;
    var narrow = new Argument(argument).asInt();
    var wide = new Argument(argument).asLong();
    if (range.first == range.last) {
      return low ? narrow.eq((int) range.first) : wide.eq(range.first);
    }
    Condition least = low ? narrow.atLeast((int) range.first) : wide.atLeast(range.first);
    Condition most = low ? narrow.atMost((int) range.last) : wide.atMost(range.last);
    if (range.first == 0) {
      return most;
    }
    return range.last == highest(bits) ? least : least.and(most);
  }
}
