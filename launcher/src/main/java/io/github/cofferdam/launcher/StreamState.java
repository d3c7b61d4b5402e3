package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a stream is that this process shares with a command: the flags of the open file, such as
 * O_NONBLOCK, and its locks; the modes of a terminal; the size of a pipe. A command may leave them
 * changed, for everybody who has the stream.
 *
 * <p>The size of a terminal's window is not among them: whoever sits at it may have changed it.
 */
public final class StreamState {
  private static final int FCNTL = Syscall.number("fcntl");
  private static final int SIGPROCMASK = Syscall.number("rt_sigprocmask");

  /** Those that lead to the open file: after one of them is closed there may still be another. */
  private final List<Fd> descriptors = new ArrayList<>();

  /** What they lead to; a number may lead elsewhere by the end. */
  private final FileStatus file;

  private final long flags;

  /**
   * Leads to the terminal at which this process sits, which stays there when all of its descriptors
   * are closed. (Nothing else is held open: somebody may wait for the last one to be closed.)
   */
  private final @Nullable Fd kept;

  /** The modes of a terminal that is ours to set. */
  private final @Nullable TerminalModes modes;

  /** How much a pipe holds; an error of something else. */
  private final long pipeSize;

  /** The locks of a file. */
  private final @Nullable HeldLocks locks;

  private StreamState(
      FileStatus file,
      long flags,
      @Nullable Fd kept,
      @Nullable TerminalModes modes,
      long pipeSize,
      @Nullable HeldLocks locks) {
    this.file = file;
    this.flags = flags;
    this.kept = kept;
    this.modes = modes;
    this.pipeSize = pipeSize;
    this.locks = locks;
  }

  /**
   * {@return how a stream is now} To be {@link #restore restored}, whatever happens.
   *
   * @param fd the stream; it stays the caller's
   * @param file what it leads to
   * @throws KernelException if the stream is a terminal whose modes cannot be read any more
   */
  public static StreamState of(Fd fd, FileStatus file) throws KernelException {
    Terminal terminal = file.isCharacterDevice() ? Terminal.of(fd).orElse(null) : null;
    TerminalModes modes = terminal == null || terminal.belongsToOthers() ? null : terminal.modes();
    long pipeSize = file.isFifo() ? control(fd, Uapi.F_GETPIPE_SZ(), 0) : -1;
    // A lock on a device keeps nobody from it who could not be kept anyway: most are /dev/null.
    HeldLocks locks = file.isRegularFile() ? HeldLocks.of(fd) : null;
    Fd kept = terminal != null && modes != null && terminal.isOurs() ? duplicate(fd) : null;
    var state = new StreamState(file, flags(fd), kept, modes, pipeSize, locks);
    state.descriptors.add(fd);
    return state;
  }

  private static @Nullable Fd duplicate(Fd fd) {
    try {
      return fd.duplicate();
    } catch (KernelException e) {
      // Closed, or no more descriptors: then it is restored through the stream itself.
      return null;
    }
  }

  /**
   * Adds another stream if it is the same open file: what is of one is of the other. Before Linux
   * 6.10 nobody knows.
   *
   * @return whether it is
   */
  public boolean add(Fd other) {
    if (!other.acquire()) {
      return false;
    }
    try {
      boolean same = control(descriptors.getFirst(), Uapi.F_DUPFD_QUERY(), other.number()) == 1;
      if (same) {
        descriptors.add(other);
      }
      return same;
    } finally {
      other.release();
    }
  }

  private static long flags(Fd fd) {
    return control(fd, Uapi.F_GETFL(), 0);
  }

  /** {@return what fcntl(2) says; an error if the stream is closed} */
  private static long control(Fd fd, int command, long argument) {
    if (!fd.acquire()) {
      return -1;
    }
    try {
      return Syscall.call(FCNTL, fd.number(), command, argument);
    } finally {
      fd.release();
    }
  }

  /**
   * Makes it as it was. A terminal in whose foreground others are by now has modes of their own,
   * which are left alone; this process is never stopped for setting them (SIGTTOU).
   */
  public void restore() {
    Fd fd = kept != null ? kept : left();
    if (fd != null) {
      restore(fd);
    }
    if (kept != null) {
      kept.close();
    }
  }

  /** One that still leads there. */
  private @Nullable Fd left() {
    for (Fd fd : descriptors) {
      if (!fd.acquire()) {
        continue;
      }
      try {
        if (FileStatus.of(fd).sameFile(file)) {
          return fd;
        }
      } catch (KernelException e) {
        // It was closed.
      } finally {
        fd.release();
      }
    }
    return null;
  }

  private void restore(Fd fd) {
    long now = flags(fd);
    if (!Syscall.isError(flags) && !Syscall.isError(now) && now != flags) {
      // How it was opened is among them, and is passed over.
      control(fd, Uapi.F_SETFL(), flags);
    }
    if (pipeSize > 0 && control(fd, Uapi.F_GETPIPE_SZ(), 0) != pipeSize) {
      control(fd, Uapi.F_SETPIPE_SZ(), pipeSize);
    }
    if (locks != null) {
      locks.restore(fd);
    }
    if (modes != null) {
      restore(fd, modes);
    }
  }

  private static void restore(Fd fd, TerminalModes before) {
    Terminal terminal = Terminal.known(fd);
    try (Arena arena = Arena.ofConfined()) {
      if (terminal.belongsToOthers()) {
        return;
      }
      // Between the question and the answer a shell may take the terminal away.
      MemorySegment stops = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment old = arena.allocate(ValueLayout.JAVA_LONG);
      stops.set(ValueLayout.JAVA_LONG, 0, 1L << (Uapi.SIGTTOU() - 1));
      mask(Uapi.SIG_BLOCK(), stops, old);
      try {
        if (!terminal.modes().equals(before)) {
          terminal.modes(before);
        }
        terminal.resume();
      } finally {
        mask(Uapi.SIG_SETMASK(), old, MemorySegment.NULL);
      }
    } catch (KernelException e) {
      // The terminal is gone, or it was closed: then there is nothing to restore.
    }
  }

  private static void mask(int how, MemorySegment set, MemorySegment old) {
    Syscall.call(SIGPROCMASK, how, set.address(), old.address(), SignalSet.SIZE);
  }
}
