package io.github.cofferdam.documents;

import java.io.IOException;
import java.io.Serial;
import java.util.List;

/**
 * A document that cannot be read, or is not what it should be. It never leaves the modules that
 * read documents: each has an exception of its own, made of this one's problems.
 */
public final class DocumentException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final transient List<DocumentProblem> problems;

  /** Several problems, at least one, in the order of the file. */
  public DocumentException(List<DocumentProblem> problems) {
    super(DocumentProblem.text(problems));
    this.problems = List.copyOf(problems);
  }

  /** A problem of the file as a whole. */
  public DocumentException(String source, String message) {
    this(List.of(DocumentProblem.ofFile(source, message)));
  }

  /** A problem of the file as a whole, and where it comes from. */
  public DocumentException(String source, String message, Throwable cause) {
    this(source, message);
    initCause(cause);
  }

  /** {@return everything that is wrong, in the order of the file; at least one} */
  public List<DocumentProblem> problems() {
    return problems;
  }
}
