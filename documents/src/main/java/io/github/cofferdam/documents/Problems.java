package io.github.cofferdam.documents;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with one policy, so that all of it is reported at once. */
public final class Problems {
  private final String source;
  private final List<DocumentProblem> problems = new ArrayList<>();

  /**
   * None so far.
   *
   * @param source what messages call the text
   */
  public Problems(String source) {
    this.source = source;
  }

  /** Adds a problem at a place; lines and columns count from 1. */
  public void add(int line, int column, @Nullable String key, String message) {
    problems.add(new DocumentProblem(source, line, column, key, message));
  }

  /** {@return how many there are so far} */
  public int size() {
    return problems.size();
  }

  /**
   * Ends the reading when there is a problem.
   *
   * @throws DocumentException with all problems, in the order of the file
   */
  public void throwIfAny() throws DocumentException {
    if (!problems.isEmpty()) {
      problems.sort(
          Comparator.comparingInt(DocumentProblem::line).thenComparingInt(DocumentProblem::column));
      throw new DocumentException(problems);
    }
  }
}
