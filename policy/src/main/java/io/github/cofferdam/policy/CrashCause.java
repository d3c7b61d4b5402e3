package io.github.cofferdam.policy;

/** Why a crash may be handed to the host. */
public sealed interface CrashCause extends Cause {
  /** The kernel starts a program for a crash whose limit is 0, and 0 it is. */
  record CrashHandlerStarted() implements CrashCause {
    @Override
    public String words() {
      return "kernel.core_pattern names a program, which the host runs as root for each crash"
          + " unless the limit of core files is 1; the hard limit that this process was"
          + " started with is 0, and keeps files alone from being written";
    }

    @Override
    public String code() {
      return "crash_handler_started";
    }
  }

  /** The kernel connects to a socket for each crash. */
  record CrashSocketConnected() implements CrashCause {
    @Override
    public String words() {
      return "kernel.core_pattern names a socket, and the kernel sends it the memory of a crash"
          + " whatever the limit of core files is";
    }

    @Override
    public String code() {
      return "crash_socket_connected";
    }
  }

  /**
   * Nobody knows what the kernel does with a crash.
   *
   * @param zero whether the limit of core files is 0, which stops no program; else it is 1
   */
  record CrashHandlingUnknown(boolean zero) implements CrashCause {
    @Override
    public String words() {
      return "/proc/sys/kernel/core_pattern cannot be read; should it name "
          + (zero ? "a program or a socket" : "a socket")
          + ", the host is handed the memory of a crash";
    }

    @Override
    public String code() {
      return "crash_handling_unknown";
    }
  }

  /** Setting a limit does nothing here. */
  record CrashLimitPretended() implements CrashCause {
    @Override
    public String words() {
      return "a seccomp filter around this process says that the limit of core files is set, and"
          + " leaves it as it is";
    }

    @Override
    public String code() {
      return "crash_limit_pretended";
    }
  }

  /** The command may say what becomes of crashes, its own and those of others. */
  record CrashPatternWritable() implements CrashCause {
    @Override
    public String words() {
      return "as root, the command may write to kernel.core_pattern, which the host goes by";
    }

    @Override
    public String code() {
      return "crash_pattern_writable";
    }
  }
}
