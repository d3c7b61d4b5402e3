package io.github.cofferdam.landlock;

/** How much a policy depends on a {@link Feature}. */
public enum Level {
  /** A kernel without it is refused. */
  REQUIRED,
  /** It is used where the kernel has it, and is a {@link Gap} where not. */
  PREFERRED,
  /** It is not used. */
  OFF
}
