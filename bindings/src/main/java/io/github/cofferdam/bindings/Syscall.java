package io.github.cofferdam.bindings;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * System calls, by number or by name. Results follow the kernel's own convention: {@code -4095..-1}
 * is a negated error number, everything else a success.
 *
 * <p>Calls may block: the calling thread is then outside the virtual machine and holds up neither
 * safepoints nor garbage collection. A virtual thread pins its carrier meanwhile.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/syscalls.2.html">syscalls(2)</a>
 */
public final class Syscall {
  private static final ConcurrentMap<String, Integer> NUMBERS = new ConcurrentHashMap<>();

  private Syscall() {}

  /**
   * {@return the number of a system call on this machine}, for names that it must have.
   *
   * @throws IllegalArgumentException if it has none of that name
   */
  public static int number(String name) {
    Integer known = NUMBERS.get(name);
    if (known == null) {
      known = SyscallTable.require(Arch.host(), name);
      NUMBERS.put(name, known);
    }
    return known;
  }

  /**
   * Does nothing if system calls can be made. For those who are about to have a class initialised
   * that makes some: what fails there is an Error, and another one the next time.
   *
   * @throws NativeAccessException if this virtual machine forbids it
   * @throws UnsupportedPlatformException if this is not Linux on x86_64 or aarch64
   */
  public static void require() {
    Native.require();
  }

  /** {@return what the kernel answers to system call {@code number}} */
  public static long call(int number, long a0, long a1, long a2, long a3, long a4, long a5) {
    return Native.syscall(number, a0, a1, a2, a3, a4, a5);
  }

  /**
   * {@return what the kernel answers to system call {@code number}; missing arguments are 0}
   *
   * @throws IllegalArgumentException if there are more than six arguments
   */
  public static long call(int number, long... args) {
    if (args.length > 6) {
      throw new IllegalArgumentException("a system call has at most 6 arguments");
    }
    return Native.syscall(
        number, arg(args, 0), arg(args, 1), arg(args, 2), arg(args, 3), arg(args, 4), arg(args, 5));
  }

  /**
   * Turns a failed result into an exception.
   *
   * @param result what {@link #call} returned
   * @param syscall the call's name
   * @param doing what was attempted, in words that follow "cannot"
   * @return the result, if it is a success
   * @throws KernelException if the result is an error
   */
  public static long check(long result, String syscall, String doing) throws KernelException {
    if (isError(result)) {
      throw new KernelException(syscall, Errno.of((int) -result), doing);
    }
    return result;
  }

  /** {@return whether a result stands for an error} */
  public static boolean isError(long result) {
    return result < 0 && result >= -4095;
  }

  private static long arg(long[] args, int index) {
    return index < args.length ? args[index] : 0;
  }
}
