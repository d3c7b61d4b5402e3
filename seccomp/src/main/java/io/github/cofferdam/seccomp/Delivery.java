package io.github.cofferdam.seccomp;

/** What became of an answer. */
public enum Delivery {
  /** The target has it. */
  DELIVERED,
  /** Nobody waits for it any more: the target was killed, or the listener was closed. */
  TARGET_GONE
}
