package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Syscall;

/** The user and the group of this process. */
final class Ids {
  private Ids() {}

  static long user() {
    return Syscall.call(Syscall.number("geteuid"));
  }

  static long group() {
    return Syscall.call(Syscall.number("getegid"));
  }
}
