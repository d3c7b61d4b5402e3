package io.github.cofferdam.sandbox;

import java.nio.charset.StandardCharsets;

/** What a command wrote to its standard streams, up to a limit. */
public final class CapturedOutput {
  private final byte[] out;
  private final byte[] err;
  private final boolean truncated;

  CapturedOutput(byte[] out, byte[] err, boolean truncated) {
    this.out = out;
    this.err = err;
    this.truncated = truncated;
  }

  /** {@return a copy of what it wrote to standard output} */
  public byte[] outBytes() {
    return out.clone();
  }

  /** {@return a copy of what it wrote to standard error} */
  public byte[] errBytes() {
    return err.clone();
  }

  /** {@return standard output as UTF-8 text} */
  public String out() {
    return new String(out, StandardCharsets.UTF_8);
  }

  /** {@return standard error as UTF-8 text} */
  public String err() {
    return new String(err, StandardCharsets.UTF_8);
  }

  /** {@return whether there was more than the limit; the rest was read and dropped} */
  public boolean truncated() {
    return truncated;
  }
}
