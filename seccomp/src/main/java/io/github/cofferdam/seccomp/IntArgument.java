package io.github.cofferdam.seccomp;

import java.util.ArrayList;

/**
 * The lower 32 bits of an argument: what the kernel reads where a call takes an {@code int}.
 * Comparisons are unsigned.
 *
 * @param index 0 to 5
 * @param mask bits that are looked at
 */
public record IntArgument(int index, int mask) {
  /**
   * Names an argument.
   *
   * @throws IllegalArgumentException if system calls have no such argument
   */
  public IntArgument {
    var _ = new Argument(index);
  }

  /** {@return this argument with only the bits of a mask looked at; the others count as 0} */
  public IntArgument masked(int bits) {
    return new IntArgument(index, mask & bits);
  }

  /** {@return true if they are equal} */
  public Comparison eq(int value) {
    return in(value);
  }

  /** {@return true if they differ} */
  public Comparison ne(int value) {
    return notIn(value);
  }

  /**
   * {@return true if it is one of some values}
   *
   * @throws IllegalArgumentException if there are none, or one has bits outside the mask and so can
   *     never be met
   */
  public Comparison in(int... values) {
    return comparison(Comparison.Operator.IN, values);
  }

  /**
   * {@return true if it is none of some values}
   *
   * @throws IllegalArgumentException if there are none, or one has bits outside the mask and so can
   *     never be met
   */
  public Comparison notIn(int... values) {
    return comparison(Comparison.Operator.NOT_IN, values);
  }

  /** {@return true if at least one of some bits is set} */
  public Comparison anySet(int bits) {
    return masked(bits).ne(0);
  }

  /** {@return true if none of some bits is set} */
  public Comparison noneSet(int bits) {
    return masked(bits).eq(0);
  }

  /** {@return true if it is smaller} */
  public Comparison lessThan(int value) {
    return comparison(Comparison.Operator.LESS, value);
  }

  /** {@return true if it is smaller or equal} */
  public Comparison atMost(int value) {
    return comparison(Comparison.Operator.AT_MOST, value);
  }

  /** {@return true if it is greater} */
  public Comparison greaterThan(int value) {
    return comparison(Comparison.Operator.GREATER, value);
  }

  /** {@return true if it is greater or equal} */
  public Comparison atLeast(int value) {
    return comparison(Comparison.Operator.AT_LEAST, value);
  }

  private Comparison comparison(Comparison.Operator operator, int... values) {
    var operands = new ArrayList<Long>(values.length);
    for (int value : values) {
      operands.add(Integer.toUnsignedLong(value));
    }
    return new Comparison(
        index, Comparison.Width.BITS_32, Integer.toUnsignedLong(mask), operator, operands);
  }
}
