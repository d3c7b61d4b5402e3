package io.github.cofferdam.sandbox;

import java.io.InputStream;

/** What there is to read of a stream that is no pipe: nothing, also after it was closed. */
final class EmptyInput extends InputStream {
  static final EmptyInput INSTANCE = new EmptyInput();

  private EmptyInput() {}

  @Override
  public int read() {
    return -1;
  }

  @Override
  public int available() {
    return 0;
  }
}
