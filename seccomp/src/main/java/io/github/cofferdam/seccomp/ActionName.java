package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * The actions that kernels have, without their data, from the strictest to the mildest; named as in
 * {@code /proc/sys/kernel/seccomp/actions_avail}, in upper case.
 */
public enum ActionName {
  /** {@link Action#killProcess}; Linux 4.14. */
  KILL_PROCESS(Uapi.SECCOMP_RET_KILL_PROCESS()),
  /** {@link Action#killThread}. */
  KILL_THREAD(Uapi.SECCOMP_RET_KILL_THREAD()),
  /** {@link Action#trap}. */
  TRAP(Uapi.SECCOMP_RET_TRAP()),
  /** {@link Action#errno}. */
  ERRNO(Uapi.SECCOMP_RET_ERRNO()),
  /** {@link Action#userNotification}; Linux 5.0. */
  USER_NOTIF(Uapi.SECCOMP_RET_USER_NOTIF()),
  /** {@link Action#trace}. */
  TRACE(Uapi.SECCOMP_RET_TRACE()),
  /** {@link Action#log}; Linux 4.14. */
  LOG(Uapi.SECCOMP_RET_LOG()),
  /** {@link Action#allow}. */
  ALLOW(Uapi.SECCOMP_RET_ALLOW());

  private final int returnValue;

  ActionName(int returnValue) {
    this.returnValue = returnValue;
  }

  /** {@return the action's 32 bits, with data of 0} */
  public int returnValue() {
    return returnValue;
  }

  /**
   * {@return what kind of action one is}
   *
   * @throws IllegalStateException if its value is none that the kernel knows
   */
  public static ActionName of(Action action) {
    int kind = action.returnValue() & Uapi.SECCOMP_RET_ACTION_FULL();
    for (ActionName name : values()) {
      if (name.returnValue == kind) {
        return name;
      }
    }
    throw new IllegalStateException("an action that has no name: " + action);
  }
}
