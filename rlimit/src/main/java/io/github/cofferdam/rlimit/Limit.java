package io.github.cofferdam.rlimit;

/**
 * A pair of limits in the resource's unit.
 *
 * @param soft what is enforced; {@link #UNLIMITED} for none
 * @param hard the ceiling up to which the process itself may raise the soft limit
 */
public record Limit(long soft, long hard) {
  /** {@code RLIM64_INFINITY}: all bits set. */
  public static final long UNLIMITED = -1L;

  /**
   * Compares unsigned, as the kernel does.
   *
   * @throws IllegalArgumentException if the soft limit is above the hard one
   */
  public Limit {
    if (Long.compareUnsigned(soft, hard) > 0) {
      throw new IllegalArgumentException(
          "the soft limit " + show(soft) + " is above the hard limit " + show(hard));
    }
  }

  /** {@return the same value as soft and hard limit} */
  public static Limit of(long value) {
    return new Limit(value, value);
  }

  /** {@return a limit that allows everything} */
  public static Limit unlimited() {
    return of(UNLIMITED);
  }

  /** {@return a limit's value as people write it} */
  static String show(long value) {
    return value == UNLIMITED ? "unlimited" : Long.toUnsignedString(value);
  }

  @Override
  public String toString() {
    return soft == hard ? show(soft) : show(soft) + ":" + show(hard);
  }
}
