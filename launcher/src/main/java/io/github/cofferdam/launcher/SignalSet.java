package io.github.cofferdam.launcher;

/** A set of signals as the kernel takes it: one bit for each, signal n being bit n - 1. */
final class SignalSet {
  /** In bytes, on all 64-bit architectures; system calls want to be told. */
  static final int SIZE = 8;

  private SignalSet() {}
}
