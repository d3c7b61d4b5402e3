package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.Launched;
import sun.misc.Signal;

/**
 * Passes the signals that this process gets on to the command. The command has a session of its
 * own, so the terminal sends it nothing. SIGQUIT stays the virtual machine's, which prints its
 * threads.
 *
 * <p>A signal that comes before the command runs ends this process, and with it whatever it has
 * started.
 */
final class Signals {
  private static final String[] FORWARDED = {"INT", "TERM", "HUP", "USR1"};
  private static final String WINCH = "WINCH";
  private static final String CONT = "CONT";

  private Signals() {}

  static void forwardTo(Launched command) {
    for (String name : FORWARDED) {
      forward(name, command);
    }
    forward(WINCH, command);
    forward(CONT, command);
  }

  /**
   * As {@link #forwardTo}, but for a command with a terminal of its own, which hears of a new size
   * from that.
   *
   * @param resized what to do when the window of this process's terminal has another size
   * @param continued what to do when this process goes on after having been stopped
   */
  static void forwardTo(Launched command, Runnable resized, Runnable continued) {
    for (String name : FORWARDED) {
      forward(name, command);
    }
    Signal.handle(new Signal(WINCH), signal -> resized.run());
    Signal.handle(new Signal(CONT), signal -> continued.run());
  }

  private static void forward(String name, Launched command) {
    Signal.handle(new Signal(name), signal -> send(command, signal.getNumber()));
  }

  private static void send(Launched command, int number) {
    try {
      command.signal(number);
    } catch (KernelException e) {
      System.err.println("cofferdam: cannot pass on a signal: " + e.getMessage());
    }
  }
}
