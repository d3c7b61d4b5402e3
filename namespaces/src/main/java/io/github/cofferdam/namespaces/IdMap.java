package io.github.cofferdam.namespaces;

/**
 * One line of {@code /proc/self/uid_map} or {@code gid_map}: a range of ids as the sandbox sees
 * them, and what they are outside. Without privilege, only one id may be mapped, and only to
 * oneself; see {@code user_namespaces(7)}.
 *
 * @param inside first id inside
 * @param outside first id outside
 * @param count length of the range
 */
public record IdMap(long inside, long outside, long count) {
  /** Stands for no id, and is in no range. */
  private static final long LIMIT = 0xffff_ffffL;

  /**
   * A range.
   *
   * @throws IllegalArgumentException if it is empty or negative, or reaches beyond the last id
   */
  public IdMap {
    if (inside < 0
        || outside < 0
        || count < 1
        || inside > LIMIT - count
        || outside > LIMIT - count) {
      throw new IllegalArgumentException(
          "not a range of ids: " + inside + " " + outside + " " + count);
    }
  }

  /** {@return the map of one id} */
  public static IdMap single(long inside, long outside) {
    return new IdMap(inside, outside, 1);
  }

  /** The line as the kernel reads it. */
  @Override
  public String toString() {
    return inside + " " + outside + " " + count + "\n";
  }
}
