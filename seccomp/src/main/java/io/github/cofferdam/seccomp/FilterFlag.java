package io.github.cofferdam.seccomp;

/**
 * Options of an installation (seccomp(2), {@code SECCOMP_FILTER_FLAG_*}). Only those after which 0
 * is the one successful result: {@code TSYNC} answers a positive number when it has failed, which a
 * setup program would take for a success.
 */
public enum FilterFlag {
  /**
   * Log what the filter answers, save for {@link Action#allow}; the administrator's {@code
   * actions_logged} decides.
   */
  LOG(KernelFlag.LOG),
  /** Leave speculative store bypass on, as is the default since Linux 5.16. */
  SPEC_ALLOW(KernelFlag.SPEC_ALLOW);

  private final KernelFlag flag;

  FilterFlag(KernelFlag flag) {
    this.flag = flag;
  }

  /** {@return the flag's bit in the second argument of seccomp(2)} */
  public long bit() {
    return flag.bit();
  }

  KernelFlag kernelFlag() {
    return flag;
  }
}
