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
  /** Checks. */
  public IntArgument {
    var _ = new Argument(index);
  }

  /** {@return this argument with only the bits of a mask looked at; the others count as 0} */
  public IntArgument masked(int bits) {
    return new IntArgument(index, mask & bits);
  }

  /** {@return true if they are equal} */
  public Condition eq(int value) {
    return in(value);
  }

  /** {@return true if they differ} */
  public Condition ne(int value) {
    return notIn(value);
  }

  /**
   * {@return true if it is one of some values}
   *
   * @throws IllegalArgumentException if there are none, or one has bits outside the mask and so can
   *     never be met
   */
  public Condition in(int... values) {
    return condition(Condition.Operator.IN, values);
  }

  /**
   * {@return true if it is none of some values}
   *
   * @throws IllegalArgumentException if there are none, or one has bits outside the mask and so can
   *     never be met
   */
  public Condition notIn(int... values) {
    return condition(Condition.Operator.NOT_IN, values);
  }

  /** {@return true if at least one of some bits is set} */
  public Condition anySet(int bits) {
    return masked(bits).ne(0);
  }

  /** {@return true if none of some bits is set} */
  public Condition noneSet(int bits) {
    return masked(bits).eq(0);
  }

  /** {@return true if it is smaller} */
  public Condition lessThan(int value) {
    return condition(Condition.Operator.LESS, value);
  }

  /** {@return true if it is smaller or equal} */
  public Condition atMost(int value) {
    return condition(Condition.Operator.AT_MOST, value);
  }

  /** {@return true if it is greater} */
  public Condition greaterThan(int value) {
    return condition(Condition.Operator.GREATER, value);
  }

  /** {@return true if it is greater or equal} */
  public Condition atLeast(int value) {
    return condition(Condition.Operator.AT_LEAST, value);
  }

  private Condition condition(Condition.Operator operator, int... values) {
    var operands = new ArrayList<Long>(values.length);
    for (int value : values) {
      operands.add(Integer.toUnsignedLong(value));
    }
    return new Condition(
        index, Condition.Width.BITS_32, Integer.toUnsignedLong(mask), operator, operands);
  }
}
