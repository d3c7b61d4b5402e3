package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.KernelException;

/**
 * The time in which a terminal lets every byte pass as it is. At its end the terminal has its old
 * modes again: when this is closed, or when the virtual machine ends, by a signal too. (Only
 * SIGKILL leaves no time for that.)
 *
 * <p>What was typed and not read by then is dropped: it was meant for the program that has ended,
 * or is a terminal's answer to what that program asked, and must not reach the next one.
 */
public final class RawMode implements AutoCloseable {
  private final Terminal terminal;
  private final TerminalModes before;
  private final Thread hook = new Thread(this::restoreAtExit, "cofferdam-terminal");
  private boolean over;

  private RawMode(Terminal terminal, TerminalModes before) {
    this.terminal = terminal;
    this.before = before;
  }

  static RawMode enter(Terminal terminal) throws KernelException {
    var mode = new RawMode(terminal, terminal.modes());
    // First of all: a signal may end this process right after the terminal has changed.
    Runtime.getRuntime().addShutdownHook(mode.hook);
    try {
      mode.again();
    } catch (KernelException | RuntimeException e) {
      mode.close();
      throw e;
    }
    return mode;
  }

  /** {@return the modes from before} */
  public TerminalModes before() {
    return before;
  }

  /**
   * Sets the modes once more: a shell that had stopped this process may have changed them.
   *
   * @throws KernelException as {@link Terminal#modes(TerminalModes)}
   */
  public synchronized void again() throws KernelException {
    if (!over) {
      terminal.modes(before.raw());
    }
  }

  /**
   * Gives the terminal its old modes back, unless others are in its foreground.
   *
   * @throws KernelException as {@link Terminal#modes(TerminalModes)}
   */
  @Override
  public void close() throws KernelException {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The virtual machine is ending; the hook finds nothing left to do.
    }
  }

  /** Another process group in the foreground has modes of its own, which are not ours to change. */
  private synchronized void restore() throws KernelException {
    if (!over) {
      over = true;
      if (!terminal.belongsToOthers()) {
        terminal.modesAndFlush(before);
      }
    }
  }

  private void restoreAtExit() {
    try {
      restore();
    } catch (KernelException e) {
      // The terminal is gone, which may be why this process ends; there is nobody to tell.
    }
  }
}
