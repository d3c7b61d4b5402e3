package io.github.cofferdam.bindings;

import java.lang.foreign.MemorySegment;

/**
 * A function of the C library that is not a system call, taking integers and pointers and returning
 * an int.
 */
public final class Libc {
  private final MemorySegment address;

  private Libc(MemorySegment address) {
    this.address = address;
  }

  /**
   * Finds a function.
   *
   * @throws UnsupportedPlatformException if this C library has none of that name
   */
  public static Libc function(String name) {
    return new Libc(Native.symbol(name));
  }

  /** {@return what the function returns}; pointers are passed as their addresses. */
  public int call(long a0, long a1, long a2, long a3, long a4, long a5) {
    return Native.function(address, a0, a1, a2, a3, a4, a5, 0);
  }

  /** {@return what the function returns} */
  public int call(long a0, long a1, long a2) {
    return Native.function(address, a0, a1, a2, 0, 0, 0, 0);
  }
}
