package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * What a new process shares with the one that makes it, and how it begins; see {@code clone(2)}.
 */
public enum CloneFlag {
  /** One memory for both. Needs {@link #VFORK}, as there is no stack of its own. */
  VM("CLONE_VM", Uapi.CLONE_VM()),
  /** One root directory, working directory and umask. */
  FS("CLONE_FS", Uapi.CLONE_FS()),
  /** One table of descriptors. */
  FILES("CLONE_FILES", Uapi.CLONE_FILES()),
  /** It is traced if its maker is. */
  PTRACE("CLONE_PTRACE", Uapi.CLONE_PTRACE()),
  /** Its maker goes on when it has executed something, or ended. */
  VFORK("CLONE_VFORK", Uapi.CLONE_VFORK()),
  /** It is a sibling of its maker, not its child. */
  PARENT("CLONE_PARENT", Uapi.CLONE_PARENT()),
  /** One list of System V semaphore adjustments. */
  SYSVSEM("CLONE_SYSVSEM", Uapi.CLONE_SYSVSEM()),
  /** It cannot be traced by force. */
  UNTRACED("CLONE_UNTRACED", Uapi.CLONE_UNTRACED()),
  /** One I/O context. */
  IO("CLONE_IO", Integer.toUnsignedLong(Uapi.CLONE_IO())),
  /** Signals that its maker handles have their defaults (Linux 5.5). */
  CLEAR_SIGHAND("CLONE_CLEAR_SIGHAND", Uapi.CLONE_CLEAR_SIGHAND());

  private final String flagName;
  private final long flag;

  CloneFlag(String flagName, long flag) {
    this.flagName = flagName;
    this.flag = flag;
  }

  /** {@return the flag of clone3(2)} */
  public long flag() {
    return flag;
  }

  /** {@return the flag's name} */
  public String flagName() {
    return flagName;
  }
}
