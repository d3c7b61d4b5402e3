package io.github.cofferdam.sandbox;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with one policy, so that all of it is reported at once. */
final class Problems {
  private final String source;
  private final List<PolicyException.Problem> problems = new ArrayList<>();

  Problems(String source) {
    this.source = source;
  }

  /** Adds a problem at a place; lines and columns count from 1. */
  void add(int line, int column, @Nullable String key, String message) {
    problems.add(new PolicyException.Problem(source, line, column, key, message));
  }

  /** {@return how many there are so far} */
  int size() {
    return problems.size();
  }

  /**
   * Ends the reading when there is a problem.
   *
   * @throws PolicyException with all problems, in the order of the file
   */
  void throwIfAny() throws PolicyException {
    if (!problems.isEmpty()) {
      problems.sort(
          Comparator.comparingInt(PolicyException.Problem::lineNumber)
              .thenComparingInt(PolicyException.Problem::columnNumber));
      throw new PolicyException(problems);
    }
  }
}
