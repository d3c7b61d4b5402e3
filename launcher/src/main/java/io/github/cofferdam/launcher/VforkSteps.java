package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.uapi.Uapi;

/** What a child of {@link Vfork} may do while it shares this process's memory. */
final class VforkSteps {
  private static final Arg NOTHING = Arg.of(0);

  /** Of struct open_how, openat2(2): | flags 64 | mode 64 | resolve 64 |. */
  private static final int OPEN_HOW_FLAGS = 0;

  private VforkSteps() {}

  /**
   * {@return whether the child can make a step while it shares this process's memory}: it neither
   * changes that memory, nor credentials, nor can it end the process, nor wait for others
   *
   * @param last whether the step is the last one before the command is executed
   */
  static boolean canRun(Step step, boolean last) {
    if (step.tolerated().size() > VforkEntry.MOST_TOLERATED) {
      return false;
    }
    return switch (step.syscall()) {
      case "chdir",
          "close",
          "close_range",
          "dup3",
          "fchdir",
          "landlock_add_rule",
          "landlock_create_ruleset",
          "landlock_restrict_self",
          "prlimit64",
          "setsid",
          "statx",
          "umask" ->
          true;
      // With memory it is about locks.
      case "fcntl" -> !(argument(step, 2) instanceof Memory);
      case "prctl" ->
          argument(step, 0) instanceof Arg.Value operation
              && operation.value() == Uapi.PR_SET_NO_NEW_PRIVS();
      case "openat" -> argument(step, 2) instanceof Arg.Value flags && opensPath(flags.value());
      case "openat2" ->
          argument(step, 2) instanceof Memory how
              && how.size() >= OPEN_HOW_FLAGS + Long.BYTES
              && opensPath(how.int64(OPEN_HOW_FLAGS));
      case "seccomp" -> last && step.leavesExec();
      default -> false;
    };
  }

  private static Arg argument(Step step, int index) {
    return index < step.args().size() ? step.args().get(index) : NOTHING;
  }

  /** To open only a path does not wait for the other end of a pipe. */
  private static boolean opensPath(long flags) {
    return (flags & Uapi.O_PATH()) != 0;
  }

  /** {@return whether the kernel writes to memory that such a step has been given} */
  static boolean writes(Step step) {
    return switch (step.syscall()) {
      case "statx" -> true;
      case "prlimit64" -> argument(step, 3) instanceof Memory;
      default -> !step.expected().isEmpty();
    };
  }
}
