package io.github.cofferdam.launcher;

import java.util.Locale;

/**
 * A step of a launch, with the process that makes it.
 *
 * @param role the process
 * @param step the call
 */
public record LaunchStep(Role role, Step step) {
  /** The processes of a launch, in the order in which they come to be. */
  public enum Role {
    /** What the virtual machine starts. */
    LAUNCHER,
    /** The first process of a process-id namespace. */
    INIT,
    /** What becomes the command. */
    COMMAND;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    return role + ": " + step;
  }
}
