package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * What a command begins with: signals that this process ignores stay ignored, as in every process
 * that is started, so that {@code nohup} means the same for what is started from here. The others
 * have their default action.
 *
 * <p>A process that was started with SIGCHLD ignored would never learn how its children ended. The
 * JDK's own process support sets the default action for the same reason.
 */
final class SignalDefaults {
  private static final long SIG_IGN = 1;

  /** The C library's own: nobody asks for them to be ignored, but glibc and musl pass that on. */
  private static final int CANCEL = 32;

  private static final int SET_USER = 33;

  /** Signals that no command ignores. */
  static final List<Integer> NEVER_IGNORED = List.of(Uapi.SIGCHLD(), CANCEL, SET_USER);

  private static volatile boolean checked;

  private SignalDefaults() {}

  /** {@return the same as a set of signals} */
  static long neverIgnored() {
    return NEVER_IGNORED.stream().mapToLong(signal -> 1L << (signal - 1)).sum();
  }

  static void ensureChildrenCanBeWaitedFor() throws KernelException {
    if (!checked) {
      setDefaultIfIgnored();
      checked = true;
    }
  }

  private static void setDefaultIfIgnored() throws KernelException {
    int call = Syscall.number("rt_sigaction");
    try (Arena arena = Arena.ofConfined()) {
      // struct sigaction of the kernel: | handler | flags | restorer | mask |, 64 bits each
      MemorySegment action = arena.allocate(ValueLayout.JAVA_LONG, 4);
      Syscall.check(
          Syscall.call(call, Uapi.SIGCHLD(), 0, action.address(), SignalSet.SIZE),
          "rt_sigaction",
          "read the action of SIGCHLD");
      if (action.get(ValueLayout.JAVA_LONG, 0) == SIG_IGN) {
        action.fill((byte) 0);
        Syscall.check(
            Syscall.call(call, Uapi.SIGCHLD(), action.address(), 0, SignalSet.SIZE),
            "rt_sigaction",
            "reset the action of SIGCHLD");
      }
    }
  }
}
