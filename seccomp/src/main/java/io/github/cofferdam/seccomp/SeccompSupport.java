package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a kernel, and whatever stands between it and the calling thread, can do with filters. Every
 * line is an answer to a question that changes nothing; versions are not compared, since
 * distributions take features back to older kernels.
 *
 * @param refusal why there are no filters; empty if there are
 * @param actions what a filter may answer
 * @param flags what an installation may ask for
 * @param notificationSizes sizes of notifications; empty before Linux 5.0
 * @param listenerRefusal why no listener can be made; EBUSY where this thread is behind a filter
 *     that has one
 * @param syncWakeUp whether a listener can hand its processor over to the target and back, which
 *     spares a switch between processors (Linux 6.6)
 * @param status what holds for the calling thread
 */
public record SeccompSupport(
    Optional<Errno> refusal,
    Set<ActionName> actions,
    Set<KernelFlag> flags,
    Optional<NotificationSizes> notificationSizes,
    Optional<Errno> listenerRefusal,
    boolean syncWakeUp,
    ThreadStatus status) {

  private static final Step AVAILABLE =
      Step.of(
          "seccomp",
          "ask for an action",
          Arg.of(Uapi.SECCOMP_GET_ACTION_AVAIL(), "SECCOMP_GET_ACTION_AVAIL"),
          Arg.of(0));

  private static final Step MODE =
      Step.of("prctl", "ask for the seccomp mode", Arg.of(Uapi.PR_GET_SECCOMP(), "PR_GET_SECCOMP"));

  private static final BpfProgram ALLOW = allowEverything();

  /** Keeps copies of the sets. */
  public SeccompSupport {
    actions = Collections.unmodifiableSet(copy(ActionName.class, actions));
    flags = Collections.unmodifiableSet(copy(KernelFlag.class, flags));
  }

  /**
   * {@return what this machine says to the calling thread}
   *
   * <p>A listener is tried out on a thread that ends with it.
   */
  public static SeccompSupport probe() {
    return probe(Kernel.host());
  }

  /** {@return what a kernel says} */
  public static SeccompSupport probe(Kernel kernel) {
    ThreadStatus status = ThreadStatus.ofThisThread();
    long answer = KernelFlag.tryNull(kernel, 0);
    if (answer != -Errno.EFAULT.number()) {
      // Not even a success would mean that there is anything to rely on.
      Optional<Errno> refusal = Optional.of(Errno.ofResult(answer).orElse(Errno.EOPNOTSUPP));
      return new SeccompSupport(
          refusal, Set.of(), Set.of(), Optional.empty(), refusal, false, status);
    }
    EnumSet<ActionName> actions = EnumSet.noneOf(ActionName.class);
    for (ActionName action : ActionName.values()) {
      if (available(kernel, action)) {
        actions.add(action);
      }
    }
    EnumSet<KernelFlag> flags = EnumSet.noneOf(KernelFlag.class);
    for (KernelFlag flag : KernelFlag.values()) {
      if (flag.knownBy(kernel)) {
        flags.add(flag);
      }
    }
    Trial trial =
        flags.contains(KernelFlag.NEW_LISTENER)
            ? Trial.onThreadOfItsOwn(kernel)
            : new Trial(Optional.of(Errno.EINVAL), false);
    return new SeccompSupport(
        Optional.empty(), actions, flags, sizes(kernel), trial.refusal, trial.syncWakeUp, status);
  }

  /**
   * {@return why a child of the calling thread could have no listener; empty if it could} As {@link
   * #probe} says it, but nothing else is asked, and no thread is made unless the calling one is
   * behind a filter, which may have the one listener that the kernel allows.
   */
  public static Optional<Errno> listenerObstacle() {
    Kernel kernel = Kernel.host();
    if (!available(kernel, ActionName.USER_NOTIF)) {
      return Optional.of(Errno.EOPNOTSUPP);
    }
    boolean free = kernel.call(MODE, new long[] {Uapi.PR_GET_SECCOMP(), 0, 0, 0, 0, 0}) == 0;
    return free ? Optional.empty() : Trial.onThreadOfItsOwn(kernel).refusal;
  }

  /** {@return whether there are filters} */
  public boolean available() {
    return refusal.isEmpty();
  }

  /** {@return whether a filter may answer with this action} */
  public boolean supports(Action action) {
    return actions.contains(ActionName.of(action));
  }

  private static boolean available(Kernel kernel, ActionName action) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment asked = arena.allocate(ValueLayout.JAVA_INT);
      asked.set(ValueLayout.JAVA_INT, 0, action.returnValue());
      long[] args = {Uapi.SECCOMP_GET_ACTION_AVAIL(), 0, asked.address(), 0, 0, 0};
      return kernel.call(AVAILABLE, args) == 0;
    }
  }

  private static Optional<NotificationSizes> sizes(Kernel kernel) {
    try {
      return Optional.of(NotificationSizes.of(kernel));
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  /** What became of making a listener. */
  private record Trial(Optional<Errno> refusal, boolean syncWakeUp) {

    static Trial onThreadOfItsOwn(Kernel kernel) {
      Trial[] result = new Trial[1];
      Thread thread =
          Thread.ofPlatform().name("seccomp-probe").start(() -> result[0] = here(kernel));
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return result[0] == null ? new Trial(Optional.of(Errno.EOPNOTSUPP), false) : result[0];
    }

    private static Trial here(Kernel kernel) {
      try (Listener listener = new Listener(Installation.of(ALLOW).listening(kernel), kernel)) {
        return new Trial(Optional.empty(), listener.syncWakeUp());
      } catch (KernelException e) {
        return new Trial(Optional.of(e.errno()), false);
      }
    }
  }

  private static BpfProgram allowEverything() {
    var assembler = new BpfAssembler();
    assembler.returns(Action.allow());
    return assembler.assemble();
  }

  private static <E extends Enum<E>> EnumSet<E> copy(Class<E> type, Set<E> elements) {
    EnumSet<E> copy = EnumSet.noneOf(type);
    copy.addAll(elements);
    return copy;
  }

  /** In words: one line that names what is missing. */
  @Override
  public String toString() {
    if (refusal.isPresent()) {
      return "no filters: " + Refusal.likely(refusal.get()) + " (" + refusal.get().name() + ")";
    }
    EnumSet<ActionName> noActions = EnumSet.complementOf(copy(ActionName.class, actions));
    EnumSet<KernelFlag> noFlags = EnumSet.complementOf(copy(KernelFlag.class, flags));
    String listener =
        listenerRefusal
            .map(errno -> "no listener: " + Refusal.likely(errno) + " (" + errno.name() + ")")
            .orElse(syncWakeUp ? "listeners" : "listeners without synchronous wake-up");
    return "filters; "
        + (noActions.isEmpty() ? "all actions" : "without actions " + noActions)
        + "; "
        + (noFlags.isEmpty() ? "all flags" : "without flags " + noFlags)
        + "; "
        + listener;
  }
}
