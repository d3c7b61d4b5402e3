package io.github.cofferdam.landlock;

/**
 * A mistake of earlier kernels whose correction a program can see. The kernel's own advice is not
 * to ask: a missing correction is no reason to use less of Landlock. Kernels before {@link Abi#V7}
 * do not say which they have.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html#landlock-errata">Landlock
 *     errata</a>; security/landlock/errata/ in the kernel's source
 */
public enum Erratum {
  /** Rights on TCP ports were also asked for by MPTCP, SMC and SCTP sockets. */
  TCP_SOCKET_IDENTIFICATION(1, 4),
  /** {@link Scope#SIGNAL} kept threads from signalling other threads of the same process. */
  SCOPED_SIGNALS(2, 6),
  /**
   * Renaming and linking could widen rights where a directory was moved out of the bind mount
   * through which it is used.
   */
  DISCONNECTED_DIRECTORIES(3, 1),
  /** Making whiteouts of overlay file systems needed {@code MAKE_CHAR} and not {@code MAKE_REG}. */
  WHITEOUTS(4, 1);

  private final int number;
  private final int abi;

  Erratum(int number, int abi) {
    this.number = number;
    this.abi = abi;
  }

  /** {@return the kernel's number of it, from 1} */
  public int number() {
    return number;
  }

  /** {@return the version of the interface that has what it is about} */
  public Abi abi() {
    return Abi.of(abi);
  }

  /** {@return its bit in the kernel's answer} */
  long bit() {
    return 1L << (number - 1);
  }
}
