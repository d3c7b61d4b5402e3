package io.github.cofferdam.seccomp;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What has to hold of a call's arguments: a {@link Comparison} of one of them, or several
 * conditions together.
 *
 * {@snippet :
 * Condition local = arg(0).asInt().eq(AF_UNIX);
 * Condition tcp = arg(0).asInt().eq(AF_INET).and(arg(1).asInt().eq(SOCK_STREAM));
 * Rule sockets = when(local.or(tcp)).then(allow()).otherwise(errno(EAFNOSUPPORT));
 * }
 */
public sealed interface Condition permits Comparison, Condition.All, Condition.Any, Condition.Not {

  /**
   * {@return whether the condition holds}
   *
   * @param args the call's arguments, all 64 bits of them, then its instruction pointer; missing
   *     ones are 0
   */
  boolean holds(long... args);

  /** {@return true if both hold} */
  default Condition and(Condition other) {
    return new All(List.of(this, other));
  }

  /** {@return true if at least one holds} */
  default Condition or(Condition other) {
    return new Any(List.of(this, other));
  }

  /** {@return true if this does not hold} */
  default Condition negate() {
    return this instanceof Not(Condition inner) ? inner : new Not(this);
  }

  /** {@return true if the other does not hold} */
  static Condition not(Condition condition) {
    return condition.negate();
  }

  /**
   * {@return arguments for which the condition holds}, empty if there are none. Decided exactly for
   * all but the most tangled conditions; for those, too, an empty result means that none was found
   * among everything that was tried, and {@link #isNever} says whether that is a proof.
   */
  default Optional<long[]> example() {
    return new Feasibility().example(this);
  }

  /** {@return whether it is proven that no arguments meet the condition} */
  default boolean isNever() {
    return new Feasibility().isNever(this);
  }

  /**
   * All hold.
   *
   * @param conditions at least one
   */
  record All(List<Condition> conditions) implements Condition {
    /**
     * Keeps a copy of the conditions.
     *
     * @throws IllegalArgumentException if there are none
     */
    public All {
      conditions = nonEmpty(conditions);
    }

    @Override
    public boolean holds(long... args) {
      return conditions.stream().allMatch(holdsFor(args));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof All all && conditions.equals(all.conditions);
    }

    @Override
    public int hashCode() {
      return 31 * conditions.hashCode() + 1;
    }

    @Override
    public String toString() {
      return joined(conditions, " && ");
    }
  }

  /**
   * At least one holds.
   *
   * @param conditions at least one
   */
  record Any(List<Condition> conditions) implements Condition {
    /**
     * Keeps a copy of the conditions.
     *
     * @throws IllegalArgumentException if there are none
     */
    public Any {
      conditions = nonEmpty(conditions);
    }

    @Override
    public boolean holds(long... args) {
      return conditions.stream().anyMatch(holdsFor(args));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Any any && conditions.equals(any.conditions);
    }

    @Override
    public int hashCode() {
      return 31 * conditions.hashCode() + 2;
    }

    @Override
    public String toString() {
      return joined(conditions, " || ");
    }
  }

  /**
   * Does not hold.
   *
   * @param condition what must not hold
   */
  record Not(Condition condition) implements Condition {
    @Override
    public boolean holds(long... args) {
      return !condition.holds(args);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Not not && condition.equals(not.condition);
    }

    @Override
    public int hashCode() {
      return 31 * condition.hashCode() + 3;
    }

    @Override
    public String toString() {
      return "!(" + condition + ")";
    }
  }

  private static List<Condition> nonEmpty(List<Condition> conditions) {
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException("no condition");
    }
    return List.copyOf(conditions);
  }

  private static Predicate<Condition> holdsFor(long[] args) {
    return condition -> condition.holds(args);
  }

  /** In brackets where one that is inside another would read differently without. */
  private static String joined(List<Condition> conditions, String operator) {
    return conditions.stream()
        .map(condition -> {
          String text = condition.toString();
          return conditions.size() > 1 && (text.contains(" && ") || text.contains(" || "))
              ? "(" + text + ")"
              : text;
        })
        .collect(Collectors.joining(operator));
  }
}
