package io.github.cofferdam.seccomp;

/**
 * A node of the graph that a filter decides by: a verdict, or a test of one 32-bit word of {@link
 * SeccompData} with a decision for either result. Made by {@link Decisions}, which makes equal ones
 * once: they are compared by identity.
 */
abstract sealed class Decision {
  private final int id;

  private Decision(int id) {
    this.id = id;
  }

  /** Tells it from others of the same {@link Decisions}; what it leads to has smaller ones. */
  int id() {
    return id;
  }

  /** The end. */
  static final class Verdict extends Decision {
    private final Action action;

    Verdict(int id, Action action) {
      super(id);
      this.action = action;
    }

    Action action() {
      return action;
    }
  }

  /** A question. */
  static final class Test extends Decision {
    private final WordTest word;
    private final Decision ifTrue;
    private final Decision ifFalse;

    Test(int id, WordTest word, Decision ifTrue, Decision ifFalse) {
      super(id);
      this.word = word;
      this.ifTrue = ifTrue;
      this.ifFalse = ifFalse;
    }

    WordTest word() {
      return word;
    }

    Decision ifTrue() {
      return ifTrue;
    }

    Decision ifFalse() {
      return ifFalse;
    }
  }
}
