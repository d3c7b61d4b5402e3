package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import java.util.concurrent.Executor;

/**
 * Waits for the ends of commands. An end that does not come in time after its deadline counts as
 * one: whoever waits for it brings it about. Supervisors that their commands can stop are continued
 * meanwhile, as {@link Launched#await} does.
 */
record EndWatch(Launched launched) implements DescriptorWatch.Upkeep {

  /**
   * Has a listener run when a command has ended.
   *
   * @param end becomes readable then
   * @return whether it will; not if this process has closed that
   */
  static boolean add(Launched launched, Fd end, Executor executor, Runnable listener)
      throws KernelException {
    return DescriptorWatch.add(
        end, "a command has ended", executor, listener, new EndWatch(launched));
  }

  /** Says that a command, which may be watched, is due earlier than it was. */
  static void changed(Launched launched) throws KernelException {
    DescriptorWatch.dueIn(launched.nanosUntilDue());
  }

  @Override
  public long nanosUntilDue() {
    return launched.nanosUntilDue();
  }

  @Override
  public boolean needsLookingAfter() {
    return launched.isStoppable();
  }

  @Override
  public void lookAfter() {
    launched.continueSupervisor();
  }
}
