package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which ways through a decision can be taken, by any arguments at all.
 *
 * <p>Here and in all that compiles filters there are no lambdas, no switches over types and no
 * generated equals: each of those is bootstrapped anew in every process, which takes longer than
 * what it would do.
 */
final class Feasibility {
  /** Decisions that are looked at before a question is left open. */
  private static final int PATIENCE = 5_000;

  private static final Action HOLDS = Action.allow();
  private static final Action FAILS = Action.killProcess();

  private final Decisions decisions = new Decisions();
  private int steps;

  Optional<long[]> example(Condition condition) {
    steps = 0;
    Optional<long[]> found = Optional.ofNullable(search(root(condition), Facts.none()));
    // What a word solver that gave up let through is no example.
    return found.filter(condition::holds);
  }

  boolean isNever(Condition condition) {
    steps = 0;
    return search(root(condition), Facts.none()) == null && steps <= PATIENCE;
  }

  private Decision root(Condition condition) {
    return decisions.condition(condition, decisions.verdict(HOLDS), decisions.verdict(FAILS));
  }

  private long @Nullable [] search(Decision decision, Facts facts) {
    if (++steps > PATIENCE) {
      return null;
    }
    if (decision instanceof Decision.Verdict verdict) {
      return verdict.action().equals(HOLDS) ? facts.example() : null;
    }
    if (decision instanceof Decision.Test test) {
      for (boolean holds : new boolean[] {true, false}) {
        Facts more = facts.and(test.word(), holds);
        if (more.possible()) {
          long[] found = search(holds ? test.ifTrue() : test.ifFalse(), more);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  /**
   * The decision without tests whose result is known from earlier ones on the way. Left as it is
   * where that would make it larger.
   */
  static Decision simplify(Decisions decisions, Decision root) {
    var simplifier = new Simplifier(decisions);
    Decision simple = simplifier.simplify(root, Facts.none());
    return simplifier.steps <= PATIENCE && size(simple) <= size(root) ? simple : root;
  }

  private static int size(Decision root) {
    var seen = new HashMap<Integer, Decision>();
    var open = new ArrayList<Decision>(List.of(root));
    while (!open.isEmpty()) {
      Decision next = open.removeLast();
      if (seen.put(next.id(), next) == null && next instanceof Decision.Test test) {
        open.add(test.ifTrue());
        open.add(test.ifFalse());
      }
    }
    return seen.size();
  }

  private static final class Simplifier {
    private final Decisions decisions;
    private final Map<Place, Decision> known = new HashMap<>();
    private int steps;

    Simplifier(Decisions decisions) {
      this.decisions = decisions;
    }

    private record Place(int decision, Facts facts) {
      @Override
      public boolean equals(Object other) {
        return other instanceof Place place
            && decision == place.decision
            && facts.equals(place.facts);
      }

      @Override
      public int hashCode() {
        return 31 * facts.hashCode() + decision;
      }
    }

    Decision simplify(Decision decision, Facts facts) {
      if (!(decision instanceof Decision.Test test) || ++steps > PATIENCE) {
        return decision;
      }
      var place = new Place(decision.id(), facts);
      Decision simple = known.get(place);
      if (simple == null) {
        Facts ifTrue = facts.and(test.word(), true);
        Facts ifFalse = facts.and(test.word(), false);
        if (!ifTrue.possible()) {
          simple = simplify(test.ifFalse(), facts);
        } else if (!ifFalse.possible()) {
          simple = simplify(test.ifTrue(), facts);
        } else {
          simple =
              decisions.test(
                  test.word(), simplify(test.ifTrue(), ifTrue), simplify(test.ifFalse(), ifFalse));
        }
        known.put(place, simple);
      }
      return simple;
    }
  }
}
