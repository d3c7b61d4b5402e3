package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;

/** Where one of a command's three standard streams goes. */
public sealed interface Stdio {
  /** {@return this process's own stream} */
  static Stdio inherit() {
    return Inherit.INSTANCE;
  }

  /** {@return a new pipe to or from this process} */
  static Stdio pipe() {
    return PipeToParent.INSTANCE;
  }

  /** {@return {@code /dev/null}} */
  static Stdio discard() {
    return Discard.INSTANCE;
  }

  /**
   * {@return a stream that is as good as closed}: it can be neither read nor written, but no file
   * that is opened later gets its number.
   */
  static Stdio closed() {
    return Closed.INSTANCE;
  }

  /** {@return an open descriptor}; it stays the caller's. */
  static Stdio to(Fd fd) {
    return new Descriptor(fd);
  }

  /** This process's own stream. */
  enum Inherit implements Stdio {
    /** The only one. */
    INSTANCE
  }

  /** A new pipe. */
  enum PipeToParent implements Stdio {
    /** The only one. */
    INSTANCE
  }

  /** {@code /dev/null}. */
  enum Discard implements Stdio {
    /** The only one. */
    INSTANCE
  }

  /** A stream that is as good as closed. */
  enum Closed implements Stdio {
    /** The only one. */
    INSTANCE
  }

  /**
   * An open descriptor.
   *
   * @param fd stays the caller's
   */
  record Descriptor(Fd fd) implements Stdio {}
}
