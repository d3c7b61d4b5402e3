package io.github.cofferdam.launcher;

/** A launcher would have more code than fits into its image. */
final class CodeTooLongException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  CodeTooLongException(String message) {
    super(message);
  }
}
