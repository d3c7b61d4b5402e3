package io.github.cofferdam.seccomp;

/**
 * An argument of a system call, before it is said how much of it the kernel reads. A filter sees 64
 * bits of every argument; a call whose parameter is an {@code int} reads the lower 32 alone.
 * Comparing all 64 there is the classic mistake: a set bit above 31 then passes the filter and
 * means nothing to the call. So there is no comparison without a width. Pointers offer none at all:
 * what they point to can change after the filter has looked.
 *
 * @param index 0 to 5
 */
public record Argument(int index) {
  /**
   * Names an argument.
   *
   * @throws IllegalArgumentException if system calls have no such argument
   */
  public Argument {
    check(index, 5);
  }

  static void check(int index, int highest) {
    if (index < 0 || index > highest) {
      throw new IllegalArgumentException("system calls have arguments 0 to 5, not " + index);
    }
  }

  /**
   * {@return where the call is made from}: the address behind the instruction. Of use against the
   * oldest ways of attack alone; whoever can jump can jump to an address that may.
   */
  public static LongArgument instructionPointer() {
    return new LongArgument(SeccompData.POINTER_INDEX, -1);
  }

  /**
   * {@return an argument by its position}
   *
   * @param index 0 to 5
   */
  public static Argument arg(int index) {
    return new Argument(index);
  }

  /**
   * {@return the argument as the kernel's {@code int} and {@code unsigned int}: its lower 32 bits}
   */
  public IntArgument asInt() {
    return new IntArgument(index, -1);
  }

  /**
   * {@return the argument as the kernel's {@code long}, {@code size_t} and the like: all 64 bits}
   */
  public LongArgument asLong() {
    return new LongArgument(index, -1);
  }
}
