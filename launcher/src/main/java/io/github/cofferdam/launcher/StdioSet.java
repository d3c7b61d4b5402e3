package io.github.cofferdam.launcher;

import java.util.Optional;

/**
 * Where a command's standard streams go.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error; empty to follow standard output
 */
public record StdioSet(Stdio in, Stdio out, Optional<Stdio> err) {
  /** {@return this process's own streams} */
  public static StdioSet inherit() {
    return new StdioSet(Stdio.inherit(), Stdio.inherit(), Optional.of(Stdio.inherit()));
  }

  /** {@return three new pipes} */
  public static StdioSet pipes() {
    return new StdioSet(Stdio.pipe(), Stdio.pipe(), Optional.of(Stdio.pipe()));
  }
}
