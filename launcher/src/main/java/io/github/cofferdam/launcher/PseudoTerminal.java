package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A terminal made for one command, whose keyboard and screen are here; see {@code pty(7)}. The
 * command's standard streams are its other end ({@link #peer}), and it becomes the controlling
 * terminal of the command's session ({@link #control}): with that come job control, the keys that
 * send signals, and {@code /dev/tty}.
 *
 * {@snippet :
 * try (var terminal = PseudoTerminal.open(TerminalSize.DEFAULT)) {
 *   Stdio peer = Stdio.to(terminal.peer());
 *   var plan = LaunchPlan.of("/bin/sh", List.of("sh")).commandSteps(PseudoTerminal.control()).build();
 *   try (Launched shell = Launcher.start(plan, new StdioSet(peer, peer, Optional.of(peer)))) {
 *     terminal.keyboard().write("tty; exit\n".getBytes());
 *     shell.await();
 *     terminal.ended();
 *     terminal.screen().transferTo(System.out);
 *   }
 * }
 * }
 *
 * <p>Somebody has to read the screen: the kernel keeps a few kilobytes, then the command waits.
 *
 * <p>Safe for use by several threads.
 */
public final class PseudoTerminal implements AutoCloseable {
  /** Sets or lifts the lock that keeps the other end from being opened. */
  static final int TIOCSPTLCK = 0x40045431; // asm-generic/ioctls.h: _IOW('T', 0x31, int)

  /** Gets the number of the other end in /dev/pts. */
  static final int TIOCGPTN = 0x80045430; // asm-generic/ioctls.h: _IOR('T', 0x30, unsigned int)

  /**
   * What is read at most after the end: the kernel keeps less, and a stranger to whom the command
   * has sent the other end must not be able to go on for ever.
   */
  private static final int AFTER_THE_END = 1 << 20;

  private static final int OPENAT = Syscall.number("openat");

  private final Fd master;
  private final Fd peer;
  private final Path path;

  /** Its write end is closed at the end, which wakes whoever waits. */
  private final Pipe wake;

  private final AtomicInteger left = new AtomicInteger(AFTER_THE_END);
  private volatile boolean ended;

  private PseudoTerminal(Fd master, Fd peer, Path path, Pipe wake) {
    this.master = master;
    this.peer = peer;
    this.path = path;
    this.wake = wake;
  }

  /**
   * Makes a terminal.
   *
   * @throws KernelException if there can be none: ENOSPC if there are too many, ENOENT without
   *     {@code /dev/ptmx}
   */
  public static PseudoTerminal open(TerminalSize size) throws KernelException {
    Fd master = openMaster();
    @Nullable Fd peer = null;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      Terminal.ioctl(master, TIOCSPTLCK, number.address(), "unlock a pseudo-terminal");
      Terminal.ioctl(master, TIOCGPTN, number.address(), "find a pseudo-terminal's number");
      // By the descriptor and not by the path, where another file system may be mounted.
      long flags = Uapi.O_RDWR() | Uapi.O_NOCTTY() | Uapi.O_CLOEXEC();
      peer =
          Fd.owning(
              (int) Terminal.ioctl(master, Uapi.TIOCGPTPEER(), flags, "open a pseudo-terminal"));
      Terminal.known(master).resize(size);
      Path path = Path.of("/dev/pts/" + number.get(ValueLayout.JAVA_INT, 0));
      return new PseudoTerminal(master, peer, path, Pipe.open());
    } catch (KernelException | RuntimeException e) {
      master.close();
      if (peer != null) {
        peer.close();
      }
      throw e;
    }
  }

  /** Not blocking, so that a wait can be ended; that holds for this end alone. */
  private static Fd openMaster() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      return Fd.owning(
          Syscall.call(
              OPENAT,
              Uapi.AT_FDCWD(),
              arena.allocateFrom("/dev/ptmx").address(),
              Uapi.O_RDWR() | Uapi.O_NOCTTY() | Uapi.O_CLOEXEC() | Uapi.O_NONBLOCK()),
          "openat",
          "open /dev/ptmx");
    }
  }

  /**
   * {@return the program that makes descriptor 0 the controlling terminal of the command's session}
   *
   * <p>Belongs at the beginning of the command's steps: its session must have none yet.
   */
  public static SetupProgram control() {
    return SetupProgram.of(
        Step.of(
            "ioctl",
            "take the controlling terminal",
            Arg.of(0),
            Arg.of(Uapi.TIOCSCTTY(), "TIOCSCTTY"),
            Arg.of(0)));
  }

  /**
   * {@return the end that the command's standard streams are}; it stays this terminal's.
   *
   * @throws IllegalStateException if a command has ended on this terminal already
   */
  public Fd peer() {
    if (ended) {
      throw new IllegalStateException("this terminal's command has ended");
    }
    return peer;
  }

  /** {@return where this machine's file system has the command's end} */
  public Path path() {
    return path;
  }

  /**
   * {@return the size of the window}
   *
   * @throws KernelException EBADF if this terminal is closed
   */
  public Optional<TerminalSize> size() throws KernelException {
    return Terminal.known(master).size();
  }

  /**
   * Changes the size of the window; the processes in its foreground get SIGWINCH.
   *
   * @throws KernelException EBADF if this terminal is closed
   */
  public void resize(TerminalSize size) throws KernelException {
    Terminal.known(master).resize(size);
  }

  /**
   * {@return how it treats what goes through it; the command may change that at any time}
   *
   * @throws KernelException EBADF if this terminal is closed
   */
  public TerminalModes modes() throws KernelException {
    return Terminal.known(master).modes();
  }

  /**
   * Sets how it treats what goes through it.
   *
   * @throws KernelException EBADF if this terminal is closed
   */
  public void modes(TerminalModes modes) throws KernelException {
    Terminal.known(master).modes(modes);
  }

  /**
   * {@return what the command writes}; it ends when the command has {@link #ended} and everything
   * was read. Closing it changes nothing.
   */
  public InputStream screen() {
    return new Screen(this);
  }

  /**
   * {@return where the command's input is typed}; bytes such as Ctrl-C (3) act as the keys do.
   * Closing it types the key for the end of the input, Ctrl-D as a rule.
   */
  public OutputStream keyboard() {
    return new Keyboard(this);
  }

  /**
   * Says that the command's tree has ended: whoever reads the screen gets what is left, and then
   * its end.
   */
  public void ended() {
    ended = true;
    wake.write().close();
  }

  /** Hangs up: what is left of the command gets SIGHUP, and errors for its input and output. */
  @Override
  public void close() {
    ended();
    master.close();
    peer.close();
    wake.read().close();
  }

  /** Hangs up, unless the command has ended: then there may be something left to read. */
  void hangUp() {
    if (!ended) {
      close();
    }
  }

  /** Reads at least one byte, or returns 0 at the end. */
  int read(MemorySegment buffer) throws KernelException {
    while (true) {
      // Looked at before reading: what was written until then is found.
      boolean last = ended;
      if (last && left.get() <= 0) {
        return 0;
      }
      if (!last) {
        await(master, Uapi.POLLIN());
      }
      try {
        int count = master.read(buffer);
        if (last) {
          left.addAndGet(-count);
        }
        return count;
      } catch (KernelException e) {
        if (e.errno() == Errno.EBADF || (last && e.errno() == Errno.EAGAIN)) {
          return 0;
        }
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
      }
    }
  }

  /** Types all of the buffer, unless the command ends. */
  void writeFully(MemorySegment buffer) throws KernelException {
    for (long done = 0; done < buffer.byteSize(); ) {
      if (ended) {
        throw new KernelException(
            "write", Errno.EIO, "type into a terminal whose command has ended");
      }
      try {
        done += master.write(buffer.asSlice(done));
      } catch (KernelException e) {
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
        await(master, Uapi.POLLOUT());
      }
    }
  }

  /**
   * Types the key for the end of the input, if everything that was typed before has been read: else
   * a program that is about to turn the kernel's line editing off would read it as some character.
   *
   * @param inLine whether the last line has no end: programs that edit lines themselves take the
   *     key as another command there, and have to get the Enter key first
   * @return whether the last line has no end still
   */
  boolean endInput(boolean inLine) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pending = arena.allocate(ValueLayout.JAVA_INT);
      Terminal.ioctl(peer, Uapi.FIONREAD(), pending.address(), "look at a terminal's input");
      TerminalModes modes = modes();
      boolean enter = inLine && !modes.editsLines();
      byte key = enter ? (byte) '\r' : modes.endOfFile();
      if (key == 0 || pending.get(ValueLayout.JAVA_INT, 0) > 0) {
        return inLine;
      }
      MemorySegment one = arena.allocate(1);
      one.set(ValueLayout.JAVA_BYTE, 0, key);
      writeFully(one);
      return inLine && !enter;
    }
  }

  /**
   * Waits until a descriptor is ready or the command has ended.
   *
   * @return whether the command is still there
   */
  boolean await(Fd fd, int events) throws KernelException {
    DescriptorWait.await(
        Poll.FOREVER, new Poll.Wanted(wake.read(), 0), new Poll.Wanted(fd, events));
    return !ended;
  }

  /** Waits until the command has ended, at most so long; returns whether it is still there. */
  boolean awaitEnd(long nanos) throws KernelException {
    DescriptorWait.await(nanos, new Poll.Wanted(wake.read(), 0));
    return !ended;
  }
}
