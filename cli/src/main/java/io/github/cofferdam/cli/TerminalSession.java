package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.RawMode;
import io.github.cofferdam.launcher.Terminal;
import io.github.cofferdam.launcher.TerminalRelay;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.sandbox.DryRun;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.SandboxCommand;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A command on a terminal of its own, which shows on this process's: what is typed here goes there
 * byte for byte, Ctrl-C too, and what it writes comes here.
 *
 * <p>Either of this process's streams may also be no terminal; without any, the command's has the
 * usual size.
 */
final class TerminalSession implements AutoCloseable {
  private final Fd in = Fd.owning(0);
  private final Fd out = Fd.owning(1);
  private final Optional<Terminal> keyboard = Terminal.of(in);

  /** Where the command's terminal is seen; its size and its modes are those of this one. */
  private final Optional<Terminal> window;

  private final PseudoTerminal terminal;
  private volatile @Nullable RawMode raw;
  private @Nullable TerminalRelay relay;

  private TerminalSession() throws KernelException {
    Optional<Terminal> screen = Terminal.of(out);
    window = screen.isPresent() ? screen : keyboard;
    terminal = PseudoTerminal.open(size());
    if (window.isPresent()) {
      terminal.modes(window.get().modes());
    }
  }

  /** Runs a command. When this returns, this process's terminal is as it was. */
  static Outcome run(SandboxCommand command, Optional<Signals> signals)
      throws IOException, InterruptedException {
    try (var session = new TerminalSession()) {
      return command
          .terminal(session.terminal)
          .onStarted(launched -> session.begin(launched, signals))
          .run();
    }
  }

  /** As {@link SandboxCommand#dryRun}, with the terminal that a run would have. */
  static DryRun dryRun(SandboxCommand command) throws IOException {
    try (var session = new TerminalSession()) {
      return command.terminal(session.terminal).dryRun();
    }
  }

  private TerminalSize size() throws KernelException {
    Optional<TerminalSize> size = window.isPresent() ? window.get().size() : Optional.empty();
    return size.orElse(TerminalSize.DEFAULT);
  }

  private void begin(Launched command, Optional<Signals> signals) {
    signals.ifPresent(caught -> caught.forwardTo(command, this::resized, this::continued));
    try {
      if (keyboard.isPresent()) {
        raw = keyboard.get().raw();
      }
      relay = TerminalRelay.start(terminal, in, out);
      // It may have changed before the handler was there.
      terminal.resize(size());
    } catch (KernelException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void resized() {
    try {
      terminal.resize(size());
    } catch (KernelException e) {
      // One of the two terminals is gone: then its size does not matter any more.
    }
  }

  private void continued() {
    try {
      RawMode mode = raw;
      if (mode != null) {
        mode.again();
      }
      resized();
    } catch (KernelException e) {
      System.err.println("cofferdam: cannot set the terminal's modes: " + e.getMessage());
    }
  }

  /** What the command wrote last is shown before the terminal gets its old modes. */
  @Override
  public void close() throws KernelException {
    if (relay != null) {
      relay.close();
    }
    terminal.close();
    if (raw != null) {
      raw.close();
    }
  }
}
