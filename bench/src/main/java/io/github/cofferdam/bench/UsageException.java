package io.github.cofferdam.bench;

/** What was asked for cannot be done as it was asked for. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
