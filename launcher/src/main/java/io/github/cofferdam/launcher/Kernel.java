package io.github.cofferdam.launcher;

/**
 * What answers the system calls of a {@link SetupProgram}: the kernel, or a test's model of one.
 */
@FunctionalInterface
public interface Kernel {

  /**
   * Answers one call.
   *
   * @param step which call it is
   * @param args six argument values; pointers are valid addresses in this process
   * @return as the kernel does: {@code -4095..-1} is a negated error number
   */
  long call(Step step, long[] args);

  /** {@return the kernel that this process runs on} */
  static Kernel host() {
    return HostKernel.INSTANCE;
  }
}
