package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Waits for the end of a command. One that does not come in time after its deadline counts as come:
 * whoever waits for it brings it about. A supervisor that its command can stop is continued
 * meanwhile, as {@link Launched#await} does.
 *
 * @param lastResort says when the end is due
 * @param continuing continues the supervisor if it was stopped, where that can be
 */
record EndWatch(LastResort lastResort, Optional<Runnable> continuing)
    implements DescriptorWatch.Upkeep {

  /**
   * Has a listener run when the command has ended.
   *
   * @param end becomes readable then
   * @return whether it will; not if this process has closed that
   */
  boolean add(Fd end, Executor executor, Runnable listener) throws KernelException {
    return DescriptorWatch.add(end, "a command has ended", executor, listener, this);
  }

  /** Says that the end, which may be watched, is due earlier than it was. */
  void changed() throws KernelException {
    DescriptorWatch.dueIn(nanosUntilDue());
  }

  @Override
  public long nanosUntilDue() {
    return lastResort.left();
  }

  @Override
  public boolean needsLookingAfter() {
    return continuing.isPresent();
  }

  @Override
  public void lookAfter() {
    continuing.ifPresent(Runnable::run);
  }
}
