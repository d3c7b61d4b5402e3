package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;

/**
 * What a lost supervisor leaves behind. Its orphans go to the next reaper above, where they look
 * like everybody else's: so they can be found only if that is this process.
 */
public final class Orphans {
  private static volatile boolean adopted;

  private Orphans() {}

  /**
   * Makes this process the reaper of orphans: when a supervisor is killed by somebody outside, what
   * is left of its tree is ended all the same, and everything else that descends from this process
   * with it. Only for a program that runs one command, and has no other children: it would become
   * the parent of their orphans too.
   *
   * @throws KernelException if a filter around this process refuses; the kernel itself does not
   */
  public static void adopt() throws KernelException {
    Syscall.check(
        Syscall.call(Syscall.number("prctl"), Uapi.PR_SET_CHILD_SUBREAPER(), 1, 0, 0, 0),
        "prctl",
        "become the reaper of orphans");
    adopted = true;
  }

  /** Ends all that descends from this process, if it is the reaper of orphans. */
  static void killAdopted() {
    if (!adopted) {
      return;
    }
    int self = (int) ProcessHandle.current().pid();
    Descendants.kill(self, LastResort.WALK_NANOS);
    try {
      for (ProcessStat process : Descendants.of(self)) {
        Reaping.reapGroup(process.pid());
      }
    } catch (IOException e) {
      // Without /proc none was found before either.
    }
  }
}
