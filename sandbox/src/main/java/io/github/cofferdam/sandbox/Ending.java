package io.github.cofferdam.sandbox;

import java.time.Duration;

/**
 * How a run ended: one of a fixed number of kinds, so that a switch over them is checked by the
 * compiler.
 */
public sealed interface Ending {
  /** {@return the name in reports, such as {@code timed_out}} */
  String kind();

  /** {@return the status that the {@code cofferdam} command exits with} */
  int shellStatus();

  /**
   * The command exited.
   *
   * @param code its exit status, 0 to 255
   */
  record Exited(int code) implements Ending {
    @Override
    public String kind() {
      return "exited";
    }

    @Override
    public int shellStatus() {
      return code;
    }
  }

  /**
   * A signal ended the command.
   *
   * @param signal its number
   */
  record Signalled(int signal) implements Ending {
    @Override
    public String kind() {
      return "signalled";
    }

    @Override
    public int shellStatus() {
      return 128 + signal;
    }
  }

  /**
   * A limit of the policy ended the command, as far as the signal and the kernel's own counters
   * say: see {@link HitLimit}. A command can send the signal to itself, and what is counted is
   * counted for its tree. Limits that were in the way without ending it are in {@link
   * Outcome#limitsHit}.
   *
   * @param limit its name in the policy: {@code memory}, {@code cpu_time} or {@code file_size}
   * @param evidence what the kernel has counted or reported, in words
   * @param signal the number of the signal that the kernel ended it with
   */
  record LimitHit(String limit, String evidence, int signal) implements Ending {
    @Override
    public String kind() {
      return "limit_hit";
    }

    @Override
    public int shellStatus() {
      return 128 + signal;
    }
  }

  /**
   * The policy's time was over, and the whole tree was ended.
   *
   * @param after the time it had
   */
  record TimedOut(Duration after) implements Ending {
    @Override
    public String kind() {
      return "timed_out";
    }

    @Override
    public int shellStatus() {
      return 124;
    }
  }

  /** The caller ended the whole tree. */
  record Closed() implements Ending {
    @Override
    public String kind() {
      return "closed";
    }

    @Override
    public int shellStatus() {
      return 128 + 9;
    }
  }

  /** The supervisor was killed from outside; what the command did last is unknown. */
  record SupervisorLost() implements Ending {
    @Override
    public String kind() {
      return "supervisor_lost";
    }

    @Override
    public int shellStatus() {
      return 125;
    }
  }

  /**
   * The policy does not let the command run; nothing was executed.
   *
   * @param reason in words
   */
  record Refused(String reason) implements Ending {
    @Override
    public String kind() {
      return "refused";
    }

    @Override
    public int shellStatus() {
      return 125;
    }
  }

  /**
   * Confining the command failed; nothing was executed.
   *
   * @param reason names the step and its error
   */
  record SetupFailed(String reason) implements Ending {
    @Override
    public String kind() {
      return "setup_failed";
    }

    @Override
    public int shellStatus() {
      return 125;
    }
  }

  /**
   * There is no such command, or it cannot be executed.
   *
   * @param found whether it exists
   * @param reason names the file and the error
   */
  record NotExecuted(boolean found, String reason) implements Ending {
    @Override
    public String kind() {
      return found ? "not_executable" : "not_found";
    }

    @Override
    public int shellStatus() {
      return found ? 126 : 127;
    }
  }
}
