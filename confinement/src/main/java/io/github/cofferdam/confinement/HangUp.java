package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/**
 * Terminals that a command can hang up for everybody who has them open. A terminal that no session
 * has becomes that of a session leader who opens it, which is also what opening {@code
 * /proc/self/fd/0} does; and unless it is a pseudo-terminal, the kernel hangs it up when that
 * leader ends. No filter sees which file is opened, so such a terminal is not handed over.
 */
final class HangUp {
  private static final int IOCTL = Syscall.number("ioctl");

  // linux/major.h: the ends of pseudo-terminals that commands get.
  private static final int BSD_PSEUDO_TERMINALS = 3;
  private static final int FIRST_PSEUDO_TERMINALS = 136;
  private static final int LAST_PSEUDO_TERMINALS = 143;

  /** 5:0 is {@code /dev/tty}, which only a process with a controlling terminal can open. */
  private static final int OWN = 5;

  private HangUp() {}

  /** {@return whether a terminal may have no session}, by a descriptor and its device number. */
  static boolean threatens(int descriptor, int major, int minor, Arena arena) {
    boolean pseudo =
        major == BSD_PSEUDO_TERMINALS
            || (FIRST_PSEUDO_TERMINALS <= major && major <= LAST_PSEUDO_TERMINALS);
    // A process is answered for the terminal of its own session alone.
    return !pseudo
        && !(major == OWN && minor == 0)
        && Syscall.isError(
            Syscall.call(
                IOCTL,
                descriptor,
                Uapi.TIOCGPGRP(),
                arena.allocate(ValueLayout.JAVA_INT).address()));
  }
}
