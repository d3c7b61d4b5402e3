package io.github.cofferdam.launcher;

/**
 * How a command ended.
 *
 * @param status the command's wait status, as {@code wait(2)} encodes it
 * @param reason who ended it
 * @param usage what its whole tree used
 */
public record Exit(int status, Reason reason, ResourceUsage usage) {

  /** Who ended a command. */
  public enum Reason {
    /** The command itself, or a signal that somebody sent it. */
    BY_ITSELF,
    /** The deadline. */
    DEADLINE,
    /** {@link Launched#close}, or {@link Launched#terminate} when the time it gave was over. */
    CLOSED,
    /** Nobody knows: the supervisor was killed. The status is the supervisor's. */
    SUPERVISOR_LOST
  }

  /** {@return whether it exited, as opposed to having been killed by a signal} */
  public boolean exited() {
    return signal() == 0;
  }

  /** {@return the exit code, 0 to 255; meaningless unless {@link #exited}} */
  public int code() {
    return (status >> 8) & 0xff;
  }

  /** {@return the signal that killed it, 0 if none} */
  public int signal() {
    return status & 0x7f;
  }

  /** {@return the code as shells give it: 128 + n for a signal} */
  public int shellCode() {
    return exited() ? code() : 128 + signal();
  }
}
