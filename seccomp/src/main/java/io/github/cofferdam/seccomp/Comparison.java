package io.github.cofferdam.seccomp;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A test of one argument: {@code (argument & mask) operator operands}, unsigned. Made by {@link
 * IntArgument} and {@link LongArgument}.
 *
 * @param argument 0 to 5, or 6 for the instruction pointer, with {@link Width#BITS_64}
 * @param width how much of the argument the kernel reads
 * @param mask bits that are looked at; none above bit 31 with {@link Width#BITS_32}
 * @param operator the comparison
 * @param operands distinct; exactly one, save for {@link Operator#IN} and {@link Operator#NOT_IN},
 *     which have at least one. Bits above 31 are 0 with {@link Width#BITS_32}
 */
public record Comparison(
    int argument, Width width, long mask, Operator operator, List<Long> operands)
    implements Condition {

  /** How much of an argument the kernel reads. */
  public enum Width {
    /** {@code int}: the lower half. */
    BITS_32(0xffff_ffffL),
    /** {@code long}. */
    BITS_64(-1);

    private final long bits;

    Width(long bits) {
      this.bits = bits;
    }

    long bits() {
      return bits;
    }
  }

  /** A comparison of unsigned numbers. */
  public enum Operator {
    /** One of the operands. */
    IN("=="),
    /** None of the operands. */
    NOT_IN("!="),
    /** Smaller. */
    LESS("<"),
    /** Smaller or equal. */
    AT_MOST("<="),
    /** Greater. */
    GREATER(">"),
    /** Greater or equal. */
    AT_LEAST(">=");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }
  }

  /**
   * Keeps a copy of the operands, each once.
   *
   * @throws IllegalArgumentException if system calls have no such argument, or the operator does
   *     not take that many operands, or one of them has bits that are not looked at
   */
  public Comparison {
    Argument.check(argument, width == Width.BITS_32 ? 5 : SeccompData.POINTER_INDEX);
    operands = List.copyOf(new LinkedHashSet<>(operands));
    boolean list = operator == Operator.IN || operator == Operator.NOT_IN;
    if (operands.isEmpty() || (!list && operands.size() > 1)) {
      throw new IllegalArgumentException(
          operator + " with " + operands.size() + " values to compare with");
    }
    if ((mask & ~width.bits) != 0) {
      throw new IllegalArgumentException("a mask with bits that the kernel does not read");
    }
    long comparable = list ? mask : width.bits;
    for (long operand : operands) {
      if ((operand & ~comparable) != 0) {
        throw new IllegalArgumentException(
            "0x" + Long.toHexString(operand) + " has bits that are never compared");
      }
    }
  }

  @Override
  public boolean holds(long... args) {
    long value = (argument < args.length ? args[argument] : 0) & mask;
    int order = Long.compareUnsigned(value, operands.getFirst());
    return switch (operator) {
      case IN -> operands.contains(value);
      case NOT_IN -> !operands.contains(value);
      case LESS -> order < 0;
      case AT_MOST -> order <= 0;
      case GREATER -> order > 0;
      case AT_LEAST -> order >= 0;
    };
  }

  // Written out, here and in what holds it: generated ones are bootstrapped anew in every process,
  // which takes longer than
  // compiling a filter.
  @Override
  public boolean equals(Object other) {
    return other instanceof Comparison condition
        && argument == condition.argument
        && width == condition.width
        && mask == condition.mask
        && operator == condition.operator
        && operands.equals(condition.operands);
  }

  @Override
  public int hashCode() {
    return Objects.hash(argument, width, mask, operator, operands);
  }

  /** As in C: {@code (int) arg1 == 0x5412}. */
  @Override
  public String toString() {
    String value =
        argument == SeccompData.POINTER_INDEX
            ? "ip"
            : (width == Width.BITS_32 ? "(int) arg" : "arg") + argument;
    if (mask != width.bits) {
      value = "(" + value + " & 0x" + Long.toHexString(mask) + ")";
    }
    String separator = operator == Operator.NOT_IN ? " && " : " || ";
    String left = value + " " + operator.sign + " 0x";
    return operands.stream()
        .map(operand -> left + Long.toHexString(operand))
        .collect(Collectors.joining(separator));
  }
}
