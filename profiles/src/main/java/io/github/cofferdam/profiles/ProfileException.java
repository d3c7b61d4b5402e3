package io.github.cofferdam.profiles;

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
 * A seccomp profile that cannot be read, or from which no filter can be made.
 *
 * <p>The message has one line for each problem, in the order of the file: {@code profile.json:3:7:
 * syscalls[0].action: unknown action "SCMP_ACT_ALOW"; did you mean ...}
 */
public final class ProfileException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** All problems, at least one. */
  private final Problem[] problems;

  /**
   * One thing that is wrong.
   *
   * @param source the file, as the caller named it
   * @param lineNumber the line, counted from 1; 0 when the problem is the profile as a whole
   * @param columnNumber the column, counted in characters from 1; 0 when the problem is the profile
   *     as a whole
   * @param dottedKey the key, such as {@code syscalls[0].action}; null when there is none
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

  ProfileException(DocumentException wrong) {
    super(wrong.getMessage(), wrong.getCause());
    problems = wrong.problems().stream().map(Problem::new).toArray(Problem[]::new);
  }

  /** {@return everything that is wrong, in the order of the file; at least one} */
  public List<Problem> problems() {
    return List.of(problems);
  }
}
