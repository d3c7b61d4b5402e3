package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * How a domain is entered, apart from what it restricts: what of its denials is written to the
 * audit log, which threads enter, and {@code no_new_privs}.
 *
 * <p>Without any flag, denials are logged for the program that made the domain, until it executes
 * another one.
 *
 * @see <a
 *     href="https://docs.kernel.org/userspace-api/landlock.html#c.sys_landlock_restrict_self">Landlock:
 *     restrict_self flags</a>
 */
public enum RestrictFlag implements Feature {
  /** Do not log denials before the next {@code execve}. */
  LOG_SAME_EXEC_OFF(Uapi.LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF(), 7),
  /** Log denials after an {@code execve} as well. */
  LOG_NEW_EXEC_ON(Uapi.LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON(), 7),
  /** Do not log denials of domains that are made inside this one. */
  LOG_SUBDOMAINS_OFF(Uapi.LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF(), 7),
  /**
   * All threads of the process enter, in place of whatever domains they were in. Not a matter of
   * the policy: {@link LandlockLayer#restrictThisProcess} sets it.
   */
  TSYNC(Uapi.LANDLOCK_RESTRICT_SELF_TSYNC(), 8),
  /** {@code no_new_privs} is set if and only if the domain is entered. */
  NO_NEW_PRIVS(Uapi.LANDLOCK_RESTRICT_SELF_NO_NEW_PRIVS(), 11);

  private final long bit;
  private final int abi;

  RestrictFlag(long bit, int abi) {
    this.bit = bit;
    this.abi = abi;
  }

  @Override
  public long bit() {
    return bit;
  }

  @Override
  public Abi abi() {
    return Abi.of(abi);
  }
}
