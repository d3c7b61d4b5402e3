package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.CaughtSignals;
import io.github.cofferdam.launcher.Launched;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Passes the signals that this process gets on to the command. The command has a session of its
 * own, which keeps it from this process's terminal as a controlling terminal ({@code /dev/tty}); so
 * the terminal sends it nothing, and what the keys mean is done here: Ctrl-C and Ctrl-\ are for
 * every process of its group, Ctrl-Z stops them and then this process.
 *
 * <p>A signal that comes before the command runs ends this process, and with it whatever it has
 * started.
 */
final class Signals {
  /** Starts take a fraction of this; one that hangs must not keep its user from ending it. */
  private static final long START_SECONDS = 3;

  /** Those of this process, once there are any. */
  private static volatile @Nullable Signals begun;

  private final CaughtSignals caught;
  private final Receiver nobody = new Nobody();
  private volatile Receiver receiver = nobody;
  private final CountDownLatch runs = new CountDownLatch(1);

  private Signals(CaughtSignals caught) {
    this.caught = caught;
  }

  /** Who is told of signals. */
  private interface Receiver {
    void receive(int signal) throws KernelException;
  }

  /**
   * Catches signals from now on, for as long as this process is there.
   *
   * @throws KernelException as {@link CaughtSignals#open}
   */
  static Signals begin() throws KernelException {
    var signals = new Signals(CaughtSignals.open());
    begun = signals;
    Thread.ofPlatform().daemon().name("cofferdam-signals").start(signals::pass);
    signals.caught.add(
        Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT(), Uapi.SIGTERM(), Uapi.SIGUSR1());
    signals.caught.add(Uapi.SIGTSTP());
    return signals;
  }

  /** Passes on no more of them: this process is about to end. Nothing if none were caught. */
  static void end() {
    Signals signals = begun;
    if (signals != null) {
      try {
        signals.caught.wake();
      } catch (KernelException e) {
        System.err.println("cofferdam: " + e.getMessage());
      }
    }
  }

  /**
   * Says that the command is started now. Signals wait until it runs: it may have begun to do
   * something about them before this process has heard that it is there.
   */
  void starting() {
    receiver = new Starting();
  }

  /** Passes signals on to a command that shares this process's terminal, or has none. */
  void forwardTo(Launched command) {
    forwardTo(
        command,
        () -> command.signalGroup(Uapi.SIGWINCH()),
        () -> command.signalGroup(Uapi.SIGCONT()));
  }

  /**
   * As {@link #forwardTo(Launched)}, but for a command with a terminal of its own, which hears of a
   * new size from that.
   *
   * @param resized what to do when the window of this process's terminal has another size
   * @param continued what to do when this process goes on after having been stopped
   */
  void forwardTo(Launched command, Action resized, Action continued) {
    receiver = new Forwarding(command, resized, continued);
    runs.countDown();
    try {
      caught.add(Uapi.SIGWINCH(), Uapi.SIGCONT());
    } catch (KernelException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is done when a signal has come. */
  interface Action {
    void run() throws KernelException;
  }

  private void pass() {
    while (true) {
      try {
        int signal = caught.next();
        if (signal == 0) {
          return;
        }
        // Asked only now: it may have changed while nothing came.
        receiver.receive(signal);
      } catch (KernelException e) {
        System.err.println("cofferdam: cannot pass on a signal: " + e.getMessage());
      }
    }
  }

  /** There is no command yet. */
  private final class Nobody implements Receiver {
    @Override
    public void receive(int signal) throws KernelException {
      if (signal == Uapi.SIGTSTP()) {
        caught.stop();
      } else {
        Main.endBy(signal);
      }
    }
  }

  private final class Starting implements Receiver {
    @Override
    public void receive(int signal) throws KernelException {
      try {
        boolean known = runs.await(START_SECONDS, TimeUnit.SECONDS);
        (known ? receiver : nobody).receive(signal);
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      }
    }
  }

  private final class Forwarding implements Receiver {
    private final Launched command;
    private final Action resized;
    private final Action continued;

    Forwarding(Launched command, Action resized, Action continued) {
      this.command = command;
      this.resized = resized;
      this.continued = continued;
    }

    @Override
    public void receive(int signal) throws KernelException {
      if (signal == Uapi.SIGWINCH()) {
        resized.run();
      } else if (signal == Uapi.SIGCONT()) {
        continued.run();
      } else if (signal == Uapi.SIGTSTP()) {
        stop();
      } else if (signal == Uapi.SIGTERM()) {
        command.terminate();
      } else if (signal == Uapi.SIGUSR1()) {
        // No key sends this: it is for a program that knows it, and ends others.
        command.signal(signal);
      } else {
        command.signalGroup(signal);
      }
    }

    /**
     * Not SIGTSTP, which the kernel discards where nobody in the session could continue a group.
     * SIGCONT follows also if this process was not stopped for the same reason.
     */
    private void stop() throws KernelException {
      command.signalGroup(Uapi.SIGSTOP());
      try {
        caught.stop();
      } finally {
        command.signalGroup(Uapi.SIGCONT());
      }
    }
  }
}
