package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How one system call is answered: the first clause whose conditions all hold decides, else {@code
 * otherwise}.
 *
 * {@snippet :
 * Rule rule = when(arg(1).asInt().eq(TIOCSTI)).then(errno(EPERM)).otherwise(allow());
 * }
 *
 * @param clauses in the order in which they are tried
 * @param otherwise what happens if none applies
 */
public record Rule(List<Clause> clauses, Action otherwise) {

  /**
   * A case of a rule.
   *
   * @param conditions all must hold
   * @param action what happens then
   */
  public record Clause(List<Condition> conditions, Action action) {
    /**
     * Keeps a copy of the conditions.
     *
     * @throws IllegalArgumentException if there are none
     */
    public Clause {
      conditions = List.copyOf(conditions);
      if (conditions.isEmpty()) {
        throw new IllegalArgumentException("a clause without a condition hides what follows it");
      }
    }

    /** All conditions as one. */
    Condition condition() {
      return conditions.size() == 1 ? conditions.getFirst() : new Condition.All(conditions);
    }

    /** {@code if (int) arg1 == 0x5412: ERRNO(EPERM)}. */
    @Override
    public String toString() {
      return "if " + condition() + ": " + action;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Clause clause
          && conditions.equals(clause.conditions)
          && action.equals(clause.action);
    }

    @Override
    public int hashCode() {
      return 31 * conditions.hashCode() + action.hashCode();
    }
  }

  /**
   * Keeps a copy of the clauses, without those at the end that say nothing else than {@code
   * otherwise}.
   *
   * @throws IllegalArgumentException if a clause can never decide, because its conditions
   *     contradict each other or earlier clauses leave nothing to it; the message names them
   */
  public Rule {
    int needed = clauses.size();
    while (needed > 0 && clauses.get(needed - 1).action().equals(otherwise)) {
      needed--;
    }
    requireReachable(clauses);
    clauses = List.copyOf(clauses.subList(0, needed));
  }

  private static void requireReachable(List<Clause> clauses) {
    for (int i = 0; i < clauses.size(); i++) {
      Clause clause = clauses.get(i);
      requirePossible(clause);
      var left = new ArrayList<>(clause.conditions());
      for (Clause earlier : clauses.subList(0, i)) {
        left.add(Condition.not(earlier.condition()));
      }
      if (i > 0 && new Condition.All(left).isNever()) {
        throw new IllegalArgumentException(
            "never reached: "
                + clause
                + ", since earlier clauses decide all of it: "
                + clauses.subList(0, i).stream()
                    .filter(earlier -> overlap(earlier, clause))
                    .map(Clause::toString)
                    .collect(Collectors.joining("; ")));
      }
    }
  }

  private static void requirePossible(Clause clause) {
    if (clause.condition().isNever()) {
      throw new IllegalArgumentException("no arguments meet the conditions of: " + clause);
    }
  }

  private static boolean overlap(Clause a, Clause b) {
    return !a.condition().and(b.condition()).isNever();
  }

  /**
   * {@return what happens to a call with these arguments}
   *
   * @param args at most six; missing ones are 0
   */
  public Action decide(long... args) {
    for (Clause clause : clauses) {
      if (clause.condition().holds(args)) {
        return clause.action();
      }
    }
    return otherwise;
  }

  /** The part of the rule that decides, in words. */
  String reason(long... args) {
    for (Clause clause : clauses) {
      if (clause.condition().holds(args)) {
        return clause.toString();
      }
    }
    return clauses.isEmpty()
        ? "always " + otherwise
        : "none of its conditions holds, so " + otherwise;
  }

  /** {@return the rule that answers every call alike} */
  public static Rule always(Action action) {
    return new Rule(List.of(), action);
  }

  /**
   * Begins a rule.
   *
   * @param conditions all must hold
   */
  public static When when(Condition... conditions) {
    return new When(List.of(), List.of(conditions));
  }

  /** Its clauses and what holds otherwise, in order. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Clause clause : clauses) {
      text.append(clause).append("; ");
    }
    return text.append(clauses.isEmpty() ? "always " : "otherwise ").append(otherwise).toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rule rule
        && clauses.equals(rule.clauses)
        && otherwise.equals(rule.otherwise);
  }

  @Override
  public int hashCode() {
    return 31 * clauses.hashCode() + otherwise.hashCode();
  }

  /** Conditions that wait for their action. */
  public static final class When {
    private final List<Clause> before;
    private final List<Condition> conditions;

    private When(List<Clause> before, List<Condition> conditions) {
      this.before = before;
      this.conditions = conditions;
    }

    /** Says what happens if all conditions hold. */
    public Then then(Action action) {
      var clauses = new ArrayList<Clause>(before);
      clauses.add(new Clause(conditions, action));
      return new Then(clauses);
    }
  }

  /** A rule that waits for its last word. */
  public static final class Then {
    private final List<Clause> clauses;

    private Then(List<Clause> clauses) {
      this.clauses = clauses;
    }

    /**
     * Adds a case for what no clause so far has decided.
     *
     * @param conditions all must hold
     */
    public When orWhen(Condition... conditions) {
      return new When(clauses, List.of(conditions));
    }

    /** {@return the rule} */
    public Rule otherwise(Action action) {
      return new Rule(clauses, action);
    }
  }
}
