package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Carries bytes between a command's terminal and this process's own streams, in two daemon threads:
 * a screen that is not read holds the keyboard up no more than the other way round.
 *
 * <ul>
 *   <li>When the input ends, the key for the end of the input is typed, again and again as long as
 *       the command reads on: an input that has ended stays so. An input that is a terminal ends
 *       only when that hangs up; then the command's terminal hangs up too.
 *   <li>When the output cannot be written any more, the command's terminal hangs up.
 * </ul>
 */
public final class TerminalRelay implements AutoCloseable {
  private static final int BUFFER_SIZE = 16 * 1024;

  /** How long a command has for reading the end of its input before it gets another one. */
  private static final long NEXT_END_NANOS = 100_000_000;

  private final PseudoTerminal terminal;
  private final Fd in;
  private final Fd out;

  /** Asked at the beginning: one that has hung up is none any more. */
  private final boolean typedAtTerminal;

  private final Thread screen;

  private TerminalRelay(PseudoTerminal terminal, Fd in, Fd out) {
    this.terminal = terminal;
    this.in = in;
    this.out = out;
    typedAtTerminal = Terminal.of(in).isPresent();
    screen = Thread.ofPlatform().daemon().name("cofferdam-screen").unstarted(this::show);
  }

  /**
   * Passes on what is typed and what is shown, from now on.
   *
   * @param in what is typed; stays the caller's
   * @param out where the screen is shown; stays the caller's
   */
  public static TerminalRelay start(PseudoTerminal terminal, Fd in, Fd out) {
    var relay = new TerminalRelay(terminal, in, out);
    relay.screen.start();
    Thread.ofPlatform().daemon().name("cofferdam-keyboard").start(relay::type);
    return relay;
  }

  /**
   * Says that the command's tree has ended, and waits until everything that it wrote was passed on.
   * An interrupt does not cut this short, and is kept.
   */
  @Override
  public void close() {
    terminal.ended();
    boolean interrupted = false;
    while (true) {
      try {
        screen.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void show() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_SIZE);
      for (int count = terminal.read(buffer); count > 0; count = terminal.read(buffer)) {
        passOn(buffer.asSlice(0, count));
      }
    } catch (KernelException e) {
      terminal.close();
    }
  }

  private void passOn(MemorySegment bytes) throws KernelException {
    for (long done = 0; done < bytes.byteSize(); ) {
      try {
        done += out.write(bytes.asSlice(done));
      } catch (KernelException e) {
        // Somebody else who has this stream may have made it so.
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
        Poll.await(Poll.FOREVER, out, Uapi.POLLOUT());
      }
    }
  }

  private void type() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_SIZE);
      boolean inLine = false;
      while (terminal.await(in, Uapi.POLLIN())) {
        int count = read(buffer);
        if (count == 0) {
          endInput(inLine);
          return;
        }
        if (count > 0) {
          terminal.writeFully(buffer.asSlice(0, count));
          inLine = buffer.get(ValueLayout.JAVA_BYTE, count - 1) != '\n';
        }
      }
    } catch (KernelException e) {
      // The command has ended, or the keyboard is out of order: nothing can be typed any more.
      terminal.hangUp();
    }
  }

  /** 0 at the end, -1 if there was nothing after all. */
  private int read(MemorySegment buffer) throws KernelException {
    try {
      return in.read(buffer);
    } catch (KernelException e) {
      if (e.errno() == Errno.EAGAIN) {
        return -1;
      }
      throw e;
    }
  }

  private void endInput(boolean inLine) throws KernelException {
    if (typedAtTerminal) {
      terminal.hangUp();
      return;
    }
    boolean open = inLine;
    do {
      open = terminal.endInput(open);
    } while (terminal.awaitEnd(NEXT_END_NANOS));
  }
}
