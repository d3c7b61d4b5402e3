package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A terminal that a descriptor leads to, such as this process's own.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/TCSETS.2const.html">TCSETS(2const)</a>
 */
public final class Terminal {
  /** As TCSETS, after output has been sent, and input that nobody has read is dropped. */
  static final int TCSETSF = 0x5404; // asm-generic/ioctls.h

  // asm-generic/termbits-common.h
  static final int TCOOFF = 0;
  static final int TCOON = 1;

  /** struct winsize (asm-generic/termios.h): | rows 16 | columns 16 | pixels 16 | pixels 16 | */
  private static final int WINSIZE = 8;

  private static final int IOCTL = Syscall.number("ioctl");
  private static final int GETPGID = Syscall.number("getpgid");

  private final Fd fd;

  private Terminal(Fd fd) {
    this.fd = fd;
  }

  /** {@return the terminal that a descriptor leads to, if it is one}; it stays the caller's. */
  public static Optional<Terminal> of(Fd fd) {
    var terminal = new Terminal(fd);
    try {
      terminal.modes();
      return Optional.of(terminal);
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  /** The pseudo-terminal whose end a descriptor is. */
  static Terminal known(Fd fd) {
    return new Terminal(fd);
  }

  /**
   * {@return the size of its window, if it knows}
   *
   * @throws KernelException EBADF if the descriptor is closed, EIO if the terminal was hung up
   */
  public Optional<TerminalSize> size() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(WINSIZE, Short.BYTES);
      ioctl(fd, Uapi.TIOCGWINSZ(), size.address(), "ask a terminal for its size");
      int rows = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 0));
      int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
      return rows == 0 || columns == 0
          ? Optional.empty()
          : Optional.of(new TerminalSize(rows, columns));
    }
  }

  /**
   * Sets the size of its window. If it changes, the processes in the foreground get SIGWINCH.
   *
   * @throws KernelException as {@link #size}
   */
  public void resize(TerminalSize size) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(WINSIZE, Short.BYTES);
      memory.set(ValueLayout.JAVA_SHORT, 0, (short) size.rows());
      memory.set(ValueLayout.JAVA_SHORT, 2, (short) size.columns());
      ioctl(fd, Uapi.TIOCSWINSZ(), memory.address(), "set a terminal's size");
    }
  }

  /**
   * {@return its modes}
   *
   * @throws KernelException as {@link #size}
   */
  public TerminalModes modes() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = arena.allocate(TerminalModes.SIZE, Integer.BYTES);
      ioctl(fd, Uapi.TCGETS(), termios.address(), "read a terminal's modes");
      return TerminalModes.copyOf(termios);
    }
  }

  /**
   * Sets its modes. The kernel stops a process that does so in the background (SIGTTOU), until
   * somebody continues it.
   *
   * @throws KernelException as {@link #size}; EIO also in the background of a session in which
   *     nobody can continue this process
   */
  public void modes(TerminalModes modes) throws KernelException {
    set(Uapi.TCSETS(), modes);
  }

  /**
   * Lets its output go on, whoever has stopped it. What a key has stopped, only a key continues, so
   * it is stopped by a call as well.
   */
  void resume() throws KernelException {
    ioctl(fd, Uapi.TCXONC(), TCOOFF, "stop a terminal's output");
    ioctl(fd, Uapi.TCXONC(), TCOON, "continue a terminal's output");
  }

  /** Sets its modes, and forgets what was typed and not read. */
  void modesAndFlush(TerminalModes modes) throws KernelException {
    set(TCSETSF, modes);
  }

  private void set(int command, TerminalModes modes) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = arena.allocate(TerminalModes.SIZE, Integer.BYTES);
      modes.copyTo(termios);
      ioctl(fd, command, termios.address(), "set a terminal's modes");
    }
  }

  /**
   * Lets every byte pass as it is, until what this returns is closed.
   *
   * @throws KernelException as {@link #modes(TerminalModes)}; its modes are the old ones then
   * @see TerminalModes#raw
   */
  public RawMode raw() throws KernelException {
    return RawMode.enter(this);
  }

  /** Whether this is the controlling terminal of this process, and others are in its foreground. */
  boolean belongsToOthers() {
    OptionalLong foreground = foreground();
    return foreground.isPresent() && foreground.getAsLong() != Syscall.call(GETPGID, 0);
  }

  /** Whether this is the controlling terminal of this process, and it is in its foreground. */
  boolean isOurs() {
    OptionalLong foreground = foreground();
    return foreground.isPresent() && foreground.getAsLong() == Syscall.call(GETPGID, 0);
  }

  /** The process group in its foreground; -1 if it was closed, empty if it is another session's. */
  private OptionalLong foreground() {
    if (!fd.acquire()) {
      return OptionalLong.of(-1);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment group = arena.allocate(ValueLayout.JAVA_INT);
      long result = Syscall.call(IOCTL, fd.number(), Uapi.TIOCGPGRP(), group.address());
      return Syscall.isError(result)
          ? OptionalLong.empty()
          : OptionalLong.of(group.get(ValueLayout.JAVA_INT, 0));
    } finally {
      fd.release();
    }
  }

  /** A command of {@code ioctl_tty(2)}. */
  static long ioctl(Fd fd, int command, long argument, String doing) throws KernelException {
    if (!fd.acquire()) {
      throw new KernelException("ioctl", Errno.EBADF, doing + ", which is closed");
    }
    try {
      long result;
      do {
        result = Syscall.call(IOCTL, fd.number(), command, argument);
      } while (result == -Errno.EINTR.number());
      return Syscall.check(result, "ioctl", doing);
    } finally {
      fd.release();
    }
  }
}
