package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.List;

/**
 * How one system call is answered: the first clause whose conditions all hold decides, else {@code
 * otherwise}.
 *
 * {@snippet :
 * Rule.when(arg(1).asInt().eq(TIOCSTI)).then(errno(EPERM)).otherwise(allow())
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
    /** Checks and copies. */
    public Clause {
      conditions = List.copyOf(conditions);
      if (conditions.isEmpty()) {
        throw new IllegalArgumentException("a clause without a condition hides what follows it");
      }
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

  /** Checks and copies; drops clauses at the end that say nothing else than {@code otherwise}. */
  public Rule {
    int needed = clauses.size();
    while (needed > 0 && clauses.get(needed - 1).action().equals(otherwise)) {
      needed--;
    }
    clauses = List.copyOf(clauses.subList(0, needed));
    for (int i = 0; i < clauses.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (clauses.get(i).conditions().containsAll(clauses.get(j).conditions())) {
          throw new IllegalArgumentException(
              "never reached, since an earlier clause asks for less: " + clauses.get(i));
        }
      }
    }
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
