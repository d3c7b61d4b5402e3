package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * How a stream is that this process shares with a command: the flags of the open file, such as
 * O_NONBLOCK, and the modes of a terminal. A command may leave them changed, for everybody who has
 * the stream.
 */
public final class StreamState {
  private static final int FCNTL = Syscall.number("fcntl");
  private static final int SIGPROCMASK = Syscall.number("rt_sigprocmask");

  private final Fd fd;
  private final long flags;

  /** The modes of a terminal that is ours to set. */
  private final @Nullable TerminalModes modes;

  private StreamState(Fd fd, long flags, @Nullable TerminalModes modes) {
    this.fd = fd;
    this.flags = flags;
    this.modes = modes;
  }

  /** {@return how a stream is now}; it stays the caller's. */
  public static StreamState of(Fd fd) throws KernelException {
    Terminal terminal = Terminal.of(fd).orElse(null);
    TerminalModes modes = terminal == null || terminal.belongsToOthers() ? null : terminal.modes();
    return new StreamState(fd, flags(fd), modes);
  }

  private static long flags(Fd fd) {
    if (!fd.acquire()) {
      return -1;
    }
    try {
      return Syscall.call(FCNTL, fd.number(), Uapi.F_GETFL());
    } finally {
      fd.release();
    }
  }

  /**
   * Makes it as it was. A terminal in whose foreground others are by now has modes of their own,
   * which are left alone; this process is never stopped for setting them (SIGTTOU).
   */
  public void restore() {
    long now = flags(fd);
    if (!Syscall.isError(flags) && !Syscall.isError(now) && now != flags) {
      if (fd.acquire()) {
        try {
          // How it was opened is among them, and is passed over.
          Syscall.call(FCNTL, fd.number(), Uapi.F_SETFL(), flags);
        } finally {
          fd.release();
        }
      }
    }
    if (modes != null) {
      restore(modes);
    }
  }

  private void restore(TerminalModes before) {
    Terminal terminal = Terminal.known(fd);
    try (Arena arena = Arena.ofConfined()) {
      if (terminal.belongsToOthers() || terminal.modes().equals(before)) {
        return;
      }
      // Between the question and the answer a shell may take the terminal away.
      MemorySegment stops = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment old = arena.allocate(ValueLayout.JAVA_LONG);
      stops.set(ValueLayout.JAVA_LONG, 0, 1L << (Uapi.SIGTTOU() - 1));
      mask(Uapi.SIG_BLOCK(), stops, old);
      try {
        terminal.modes(before);
      } finally {
        mask(Uapi.SIG_SETMASK(), old, MemorySegment.NULL);
      }
    } catch (KernelException e) {
      // The terminal is gone, or it was closed: then there is nothing to restore.
    }
  }

  private static void mask(int how, MemorySegment set, MemorySegment old) {
    Syscall.call(SIGPROCMASK, how, set.address(), old.address(), LaunchSequence.SIGNAL_SET);
  }
}
