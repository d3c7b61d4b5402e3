package io.github.cofferdam.sandbox;

import java.nio.charset.StandardCharsets;

/** What a command wrote to its standard streams, up to a limit. */
public final class CapturedOutput {
  private final byte[] out;
  private final byte[] err;
  private final boolean truncated;
  private final boolean outEnded;
  private final boolean errEnded;

  CapturedOutput(byte[] out, byte[] err, boolean truncated, boolean outEnded, boolean errEnded) {
    this.out = out;
    this.err = err;
    this.truncated = truncated;
    this.outEnded = outEnded;
    this.errEnded = errEnded;
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

  /**
   * {@return whether both streams came to their ends}: otherwise somebody outside of the command's
   * tree still had one when the tree had ended, to whom the command had passed it, or what is left
   * of a tree whose supervisor was lost. What was written until then is here.
   */
  public boolean complete() {
    return outEnded && errEnded;
  }

  /** {@return whether standard output came to its end}; see {@link #complete} */
  public boolean outComplete() {
    return outEnded;
  }

  /** {@return whether standard error came to its end}; see {@link #complete} */
  public boolean errComplete() {
    return errEnded;
  }
}
