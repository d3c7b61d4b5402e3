package io.github.cofferdam.bindings;

/** This operating system, architecture or C library is not one that Cofferdam supports. */
public final class UnsupportedPlatformException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates one with a message for the person who runs the program. */
  public UnsupportedPlatformException(String message) {
    super(message);
  }
}
