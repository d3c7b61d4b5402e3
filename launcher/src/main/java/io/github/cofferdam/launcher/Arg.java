package io.github.cofferdam.launcher;

/** An argument of a system call in a {@link Step}. */
public sealed interface Arg permits Arg.Value, Memory, Slot {

  /** {@return a number} */
  static Arg of(long value) {
    return new Value(value, Long.toString(value));
  }

  /** {@return a number that prints as the constants it is made of} */
  static Arg of(long value, String display) {
    return new Value(value, display);
  }

  /** {@return this argument as strace would print it} */
  String display();

  /**
   * A number.
   *
   * @param value as the kernel sees it
   * @param display as people read it
   */
  record Value(long value, String display) implements Arg {
    @Override
    public boolean equals(Object other) {
      return other instanceof Value number
          && value == number.value
          && display.equals(number.display);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(value);
    }
  }
}
