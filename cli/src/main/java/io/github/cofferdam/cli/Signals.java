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
  private static final String[] FORWARDED = {"INT", "TERM", "HUP", "USR1", "WINCH", "CONT"};

  private Signals() {}

  static void forwardTo(Launched command) {
    for (String name : FORWARDED) {
      Signal.handle(new Signal(name), signal -> send(command, signal.getNumber()));
    }
  }

  private static void send(Launched command, int number) {
    try {
      command.signal(number);
    } catch (KernelException e) {
      System.err.println("cofferdam: cannot pass on a signal: " + e.getMessage());
    }
  }
}
