package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * {@code PR_SET_NO_NEW_PRIVS}: set-user-id programs and file capabilities give nothing any more,
 * for this thread and all that it starts, for good. Landlock and seccomp demand it from callers
 * without CAP_SYS_ADMIN.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/no_new_privs.html">no_new_privs</a>
 */
public final class NoNewPrivileges {
  private static final SetupProgram PROGRAM =
      SetupProgram.of(
          Step.of(
              "prctl",
              "give up gaining privileges",
              Arg.of(Uapi.PR_SET_NO_NEW_PRIVS(), "PR_SET_NO_NEW_PRIVS"),
              Arg.of(1),
              Arg.of(0),
              Arg.of(0),
              Arg.of(0)));

  private NoNewPrivileges() {}

  /** {@return the one step} */
  public static SetupProgram program() {
    return PROGRAM;
  }

  /** {@return whether the calling thread has given them up already} */
  public static boolean isSet() {
    return Syscall.call(Syscall.number("prctl"), Uapi.PR_GET_NO_NEW_PRIVS(), 0, 0, 0, 0, 0) == 1;
  }
}
