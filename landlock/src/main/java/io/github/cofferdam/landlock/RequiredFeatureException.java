package io.github.cofferdam.landlock;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** A policy requires what a kernel does not have. Nothing was restricted. */
public final class RequiredFeatureException extends IOException {
  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial")
  private final List<Gap> gaps;

  RequiredFeatureException(List<Gap> gaps) {
    super(
        "the policy requires what this kernel does not have: "
            + gaps.stream().map(Gap::toString).collect(Collectors.joining("; ")));
    this.gaps = List.copyOf(gaps);
  }

  /** {@return what is missing} */
  public List<Gap> gaps() {
    return gaps;
  }
}
