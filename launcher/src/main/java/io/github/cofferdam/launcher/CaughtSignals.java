package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.CodePage;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Signals that this process gets, to be read one after the other in place of what they would do:
 * also SIGQUIT, for which Java has no handlers since the virtual machine prints its threads then.
 *
 * <p>They come through a pipe that a handler of a few instructions writes to ({@link SignalCode}).
 * A signalfd could not be used: the virtual machine has threads that do not block signals. From
 * then on neither the virtual machine nor {@code sun.misc.Signal} hears of them, so shutdown hooks
 * run only if whoever reads them exits. This holds until the process ends.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sigaction.2.html">sigaction(2)</a>
 */
public final class CaughtSignals {
  private static final int RT_SIGACTION = Syscall.number("rt_sigaction");
  private static final int TGKILL = Syscall.number("tgkill");
  private static final int GETTID = Syscall.number("gettid");
  private static final int GETPID = Syscall.number("getpid");

  private static final long SIG_IGN = 1; // asm-generic/signal-defs.h

  /** There is a restorer, which is where a handler returns to. */
  private static final int SA_RESTORER = 0x0400_0000; // asm/signal.h of x86 and arm64

  // struct sigaction of the kernel: | handler | flags | restorer | mask |, 64 bits each
  private static final int HANDLER = 0;
  private static final int FLAGS = 8;
  private static final int RESTORER = 16;
  private static final int SIGACTION = 32;

  private final Pipe pipe;
  private final MemorySegment code;
  private final int restorer;

  private CaughtSignals(Pipe pipe, MemorySegment code, int restorer) {
    this.pipe = pipe;
    this.code = code;
    this.restorer = restorer;
  }

  /**
   * Gets ready; nothing is caught yet. For programs that are there for one command: what this takes
   * is never given back.
   *
   * @throws KernelException EMFILE or ENFILE if there are no more descriptors; EACCES or EPERM
   *     where this process may have no new executable memory, see mprotect(2)
   */
  public static CaughtSignals open() throws KernelException {
    Pipe pipe = Pipe.open();
    try {
      // A handler must not wait. Thousands of signals that nobody has read say no more than one.
      pipe.write().neverBlock();
      SignalCode code = SignalCode.assemble(Arch.host(), pipe.write().number());
      return new CaughtSignals(pipe, CodePage.of(code.bytes()).code(), code.restorer());
    } catch (KernelException e) {
      pipe.close();
      throw e;
    }
  }

  /**
   * Catches signals from now on. One that this process was started to ignore stays ignored, as with
   * nohup(1). (Java itself catches SIGQUIT at its start unless it runs with {@code -Xrs}; then
   * nobody knows any more.)
   *
   * @param numbers 1 to 64, see signal(7)
   * @throws KernelException EINVAL for one that does not exist or cannot be caught
   */
  public void add(int... numbers) throws KernelException {
    for (int number : numbers) {
      if (handler(number) != SIG_IGN) {
        catchSignal(number);
      }
    }
  }

  /**
   * Waits for the next signal.
   *
   * @return its number; 0 after {@link #wake}
   * @throws KernelException as read(2) says; not to be expected
   */
  public int next() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      pipe.read().read(number);
      return number.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /**
   * Has whoever waits for the next signal go on, so that no thread is in native code when the
   * virtual machine ends: it waits for such ones, for 0.3 s.
   *
   * @throws KernelException not to be expected
   */
  public void wake() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      // Four bytes of 0; where the pipe is full, there is something to read.
      MemorySegment none = arena.allocate(ValueLayout.JAVA_INT);
      pipe.write().write(none);
    } catch (KernelException e) {
      if (e.errno() != Errno.EAGAIN) {
        throw e;
      }
    }
  }

  /**
   * Stops this process as Ctrl-Z does, and catches SIGTSTP again afterwards. Returns when it was
   * continued; at once where the kernel stops nobody, since nobody could continue him (a process
   * group without a parent in its session, see setpgid(2)).
   *
   * @throws KernelException not to be expected
   */
  public void stop() throws KernelException {
    int signal = Uapi.SIGTSTP();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(SIGACTION, Long.BYTES);
      act(signal, action.address(), 0, "reset the action of signal " + signal);
      // To this thread, which so does not go on before all are stopped.
      Syscall.check(
          Syscall.call(TGKILL, Syscall.call(GETPID), Syscall.call(GETTID), signal),
          "tgkill",
          "stop this process");
    }
    catchSignal(signal);
  }

  private void catchSignal(int number) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(SIGACTION, Long.BYTES);
      // No call of the virtual machine is cut short.
      int flags = Uapi.SA_RESTART() | Uapi.SA_SIGINFO() | SA_RESTORER;
      action.set(ValueLayout.JAVA_LONG, HANDLER, code.address());
      action.set(ValueLayout.JAVA_LONG, FLAGS, flags);
      action.set(ValueLayout.JAVA_LONG, RESTORER, code.address() + restorer);
      act(number, action.address(), 0, "catch signal " + number);
    }
  }

  private static long handler(int number) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(SIGACTION, Long.BYTES);
      act(number, 0, action.address(), "read the action of signal " + number);
      return action.get(ValueLayout.JAVA_LONG, HANDLER);
    }
  }

  private static void act(int number, long action, long old, String doing) throws KernelException {
    Syscall.check(
        Syscall.call(RT_SIGACTION, number, action, old, SignalSet.SIZE), "rt_sigaction", doing);
  }
}
