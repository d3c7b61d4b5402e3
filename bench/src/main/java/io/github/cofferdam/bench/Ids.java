package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Syscall;

/** Who this process is. */
final class Ids {
  private Ids() {}

  static long user() {
    return Syscall.call(Syscall.number("geteuid"));
  }

  static long group() {
    return Syscall.call(Syscall.number("getegid"));
  }
}
