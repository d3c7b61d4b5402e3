package io.github.cofferdam.seccomp;

import java.util.ArrayList;

/**
 * All 64 bits of an argument: what the kernel reads where a call takes a {@code long}. Comparisons
 * are unsigned.
 *
 * @param index 0 to 5, or 6 for the instruction pointer
 * @param mask bits that are looked at
 */
public record LongArgument(int index, long mask) {
  /**
   * Names an argument, or the instruction pointer.
   *
   * @throws IllegalArgumentException if system calls have no such argument
   */
  public LongArgument {
    Argument.check(index, SeccompData.POINTER_INDEX);
  }

  /** {@return this argument with only the bits of a mask looked at; the others count as 0} */
  public LongArgument masked(long bits) {
    return new LongArgument(index, mask & bits);
  }

  /** {@return true if they are equal} */
  public Comparison eq(long value) {
    return in(value);
  }

  /** {@return true if they differ} */
  public Comparison ne(long value) {
    return notIn(value);
  }

  /**
   * {@return true if it is one of some values}
   *
   * @throws IllegalArgumentException if there are none, or one has bits outside the mask and so can
   *     never be met
   */
  public Comparison in(long... values) {
    return comparison(Comparison.Operator.IN, values);
  }

  /**
   * {@return true if it is none of some values}
   *
   * @throws IllegalArgumentException if there are none, or one has bits outside the mask and so can
   *     never be met
   */
  public Comparison notIn(long... values) {
    return comparison(Comparison.Operator.NOT_IN, values);
  }

  /** {@return true if at least one of some bits is set} */
  public Comparison anySet(long bits) {
    return masked(bits).ne(0);
  }

  /** {@return true if none of some bits is set} */
  public Comparison noneSet(long bits) {
    return masked(bits).eq(0);
  }

  /** {@return true if it is smaller} */
  public Comparison lessThan(long value) {
    return comparison(Comparison.Operator.LESS, value);
  }

  /** {@return true if it is smaller or equal} */
  public Comparison atMost(long value) {
    return comparison(Comparison.Operator.AT_MOST, value);
  }

  /** {@return true if it is greater} */
  public Comparison greaterThan(long value) {
    return comparison(Comparison.Operator.GREATER, value);
  }

  /** {@return true if it is greater or equal} */
  public Comparison atLeast(long value) {
    return comparison(Comparison.Operator.AT_LEAST, value);
  }

  private Comparison comparison(Comparison.Operator operator, long... values) {
    var operands = new ArrayList<Long>(values.length);
    for (long value : values) {
      operands.add(value);
    }
    return new Comparison(index, Comparison.Width.BITS_64, mask, operator, operands);
  }
}
