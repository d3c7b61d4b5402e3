package io.github.cofferdam.policy;

import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.DocumentProblem;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A policy that cannot be read or does not make sense. Nothing runs then; there is no weaker policy
 * to fall back to.
 *
 * <p>The message has one line for each problem of the file, in the order of the file: {@code
 * policy.toml:3:1: unknown key network.allow_netwrok; did you mean network.allow_network?}
 */
public final class PolicyException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** All problems, at least one. */
  private final Problem[] problems;

  /**
   * One thing that is wrong.
   *
   * @param source the file, as the caller named it
   * @param lineNumber the line, counted from 1; 0 when the problem is the file as a whole
   * @param columnNumber the column, counted in characters from 1; 0 when the problem is the file as
   *     a whole
   * @param dottedKey the key, such as {@code network.allow_network}; null when there is none
   * @param message what is wrong and what would be right
   */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public record Problem(
      String source, int lineNumber, int columnNumber, @Nullable String dottedKey, String message)
      implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    private Problem(DocumentProblem problem) {
      this(problem.source(), problem.line(), problem.column(), problem.key(), problem.message());
    }

    /** {@return the line, counted from 1} */
    public OptionalInt line() {
      return lineNumber > 0 ? OptionalInt.of(lineNumber) : OptionalInt.empty();
    }

    /** {@return the column, counted in characters from 1} */
    public OptionalInt column() {
      return columnNumber > 0 ? OptionalInt.of(columnNumber) : OptionalInt.empty();
    }

    /** {@return the key, with dots} */
    public Optional<String> key() {
      return Optional.ofNullable(dottedKey);
    }

    /** {@return {@code source:line:column: message}} */
    @Override
    public String toString() {
      return new DocumentProblem(source, lineNumber, columnNumber, dottedKey, message).toString();
    }
  }

  PolicyException(DocumentException wrong) {
    super(wrong.getMessage(), wrong.getCause());
    problems = wrong.problems().stream().map(Problem::new).toArray(Problem[]::new);
  }

  /** {@return everything that is wrong, in the order of the file; at least one} */
  public List<Problem> problems() {
    return List.of(problems);
  }

  /** {@return the policy's file, as the caller named it} */
  public String source() {
    return problems[0].source();
  }

  /**
   * {@return the line of the first problem, counted from 1; empty when it is the file as a whole}
   */
  public OptionalInt line() {
    return problems[0].line();
  }

  /**
   * {@return the column of the first problem, counted from 1; empty when it is the file as a whole}
   */
  public OptionalInt column() {
    return problems[0].column();
  }

  /** {@return the key of the first problem, such as {@code network.allow_network}} */
  public Optional<String> key() {
    return problems[0].key();
  }
}
