package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * A {@link LandlockPolicy} for one kernel: the system calls that enforce it, and an account of what
 * they enforce and what not. A process can be in at most {@value #MAX_LAYERS} layers; all of them
 * hold.
 *
 * <p>There are three targets: a child ({@link #program}, the recommended one), a thread ({@link
 * ConfinedThread}, {@link #restrictThisThread}), and this process ({@link #restrictThisProcess}).
 *
 * @param support what the kernel offers
 * @param program creates the ruleset, adds the rules and enters the domain; the caller has to set
 *     {@code no_new_privs} before ({@link NoNewPrivileges}) unless it has CAP_SYS_ADMIN or {@link
 *     #flags} has {@link RestrictFlag#NO_NEW_PRIVS}, or gets EPERM. Empty where nothing can be
 *     enforced. Mounting must be done with by then: a layer that handles files denies it
 * @param handledFs the rights on files that are denied where nothing grants them; whatever it
 *     holds, {@link FsRight#REFER} is
 * @param handledNet the rights on ports that are denied where nothing grants them
 * @param flags how the domain is entered
 * @param status how much of the policy it enforces
 * @param gaps what the policy asks for and the kernel does not have
 * @param grants what became of each grant on a path
 * @param skipped optional paths that were missing
 * @param warnings what {@link LandlockPolicy.Builder#block} costs here, in words
 * @param carved directories that are not granted themselves, since something in them is blocked:
 *     they cannot be listed and take no new names
 */
public record LandlockLayer(
    LandlockSupport support,
    SetupProgram program,
    Set<FsRight> handledFs,
    Set<NetRight> handledNet,
    Set<RestrictFlag> flags,
    Status status,
    List<Gap> gaps,
    List<ResolvedGrant> grants,
    List<Path> skipped,
    List<String> warnings,
    List<Path> carved) {
  /** How many domains can be one inside the other ({@code LANDLOCK_MAX_NUM_LAYERS}). */
  public static final int MAX_LAYERS = RulesetSteps.MAX_LAYERS;

  /** How much of a policy is enforced. */
  public enum Status {
    /** Every restriction. */
    FULL,
    /** Some restrictions; the gaps name the others. */
    PARTIAL,
    /** No restriction at all. */
    NONE
  }

  /** Keeps copies of the sets and lists. */
  public LandlockLayer {
    handledFs = Sets.copy(FsRight.class, handledFs);
    handledNet = Sets.copy(NetRight.class, handledNet);
    flags = Sets.copy(RestrictFlag.class, flags);
    gaps = List.copyOf(gaps);
    grants = List.copyOf(grants);
    skipped = List.copyOf(skipped);
    warnings = List.copyOf(warnings);
    carved = List.copyOf(carved);
  }

  /** {@return the version that the kernel announces} */
  public Abi abi() {
    return support.abi();
  }

  /**
   * {@return {@link #program}, which also grants rights on what descriptors of the confined process
   * lead to when it runs}: so what is open already can be opened again, by its name in {@code
   * /proc/self/fd} for example. What cannot be granted, since it lies in no file system that has
   * paths (a pipe or a socket), is left out: Landlock does not refuse to open that.
   *
   * @param descriptors by number, the rights, all of which files can have; what is not handled is
   *     left out, since it is not denied
   */
  public SetupProgram program(Map<Integer, Set<FsRight>> descriptors) {
    return RulesetSteps.withDescriptors(program, handledFs, descriptors);
  }

  /**
   * {@return whether each granted path still leads to what was found there, and each that was
   * skipped still to nothing} Where this is false, a layer that is made now would be another one.
   * It is false as well for what is granted around a blocked path: any directory on the way there
   * may have got new entries.
   */
  public boolean isCurrent() {
    var lookup = new PathLookup();
    try {
      for (ResolvedGrant grant : grants) {
        Optional<PathLookup.Found> found = lookup.find(grant.path());
        if (found.isEmpty()
            || !found.get().real().equals(grant.real())
            || (found.get().checkable()
                && !FileIdentity.of(found.get().status()).equals(grant.identity()))) {
          return false;
        }
      }
      for (Path path : skipped) {
        if (lookup.find(path).isPresent()) {
          return false;
        }
      }
      return true;
    } catch (PathGrantException e) {
      return false;
    }
  }

  /**
   * {@return whether this layer lets a right be used on a path as it is now, and by which grant}
   *
   * <p>As the kernel does, this goes by inodes and not by names: from what the path leads to, up
   * through its parents, until a grant has the right. So a hard link has the rights of the place
   * where it is reached, and those that were granted on the file itself. Rights to make, remove,
   * rename and link are rights on the directory that holds the path's last name, which need not
   * exist.
   *
   * <p>It is about this layer only: permissions, other layers, and whether the path names something
   * of the right type are not looked at. Renaming and linking into another directory needs more
   * than one right: see {@link #explainMove} and {@link #explainLink}.
   *
   * @throws IOException if the path, or a directory on the way, cannot be looked up
   */
  public Explanation explain(Path path, FsRight right) throws IOException {
    return new Explainer(this).explain(path, right);
  }

  /**
   * {@return whether this layer lets a file or directory be renamed} Across directories that needs
   * {@link FsRight#REFER} on both, and the place that it goes to must not grant rights that it does
   * not have now.
   *
   * @throws IOException if one of them cannot be looked up
   */
  public Explanation explainMove(Path from, Path to) throws IOException {
    return new Explainer(this).explainMove(from, to);
  }

  /**
   * {@return whether this layer lets a file be given another name}, as {@link #explainMove}
   *
   * @throws IOException if one of them cannot be looked up
   */
  public Explanation explainLink(Path file, Path name) throws IOException {
    return new Explainer(this).explainLink(file, name);
  }

  /**
   * Gives up gaining privileges and enters the domain, for the calling thread and all threads and
   * processes that it starts from now on, for good. Other threads are not affected.
   *
   * <p>Take a thread of your own that ends soon and starts nothing for others: workers of {@link
   * ForkJoinPool#commonPool} and the thread that collects the JDK's child processes, if they are
   * first started from here, stay confined as long as they live. {@link ConfinedThread} sees to
   * that. The recommended target is a child process.
   *
   * <p>A partial layer is entered as it is; look at {@link #status} and {@link #gaps} before.
   *
   * @throws IllegalStateException if the thread is virtual or a worker of the common pool, whose
   *     kernel thread belongs to others; or if this layer restricts nothing
   * @throws LayerLimitException if the thread is in {@value #MAX_LAYERS} domains already
   * @throws PathChangedException if something else is now at a path that is granted
   * @throws SetupException if a system call fails. In each case the thread is not in the domain
   */
  public void restrictThisThread() throws SetupException {
    requireOwnThread();
    requireSomething();
    run(program);
  }

  /**
   * As {@link #restrictThisThread}, for all threads of this process at once. Domains that the other
   * threads were in are replaced by this thread's.
   *
   * @throws RequiredFeatureException if the kernel lacks {@link RestrictFlag#TSYNC}: there is no
   *     other way to do it
   * @throws IllegalStateException if this layer restricts nothing
   * @throws SetupException if a system call fails; no thread is then in the domain
   */
  public void restrictThisProcess() throws RequiredFeatureException, SetupException {
    run(processProgram());
  }

  /** The steps of {@link #restrictThisProcess} after {@code no_new_privs}. */
  SetupProgram processProgram() throws RequiredFeatureException {
    if (!support.has(RestrictFlag.TSYNC)) {
      throw new RequiredFeatureException(
          List.of(new Gap(RestrictFlag.TSYNC, abi(), Gap.Effect.LEFT_OUT)));
    }
    requireSomething();
    return RulesetSteps.forAllThreads(program, flags);
  }

  private void run(SetupProgram restricting) throws SetupException {
    SetupProgram all =
        flags.contains(RestrictFlag.NO_NEW_PRIVS)
            ? restricting
            : NoNewPrivileges.program().then(restricting);
    try {
      all.run();
    } catch (SetupException e) {
      throw identify(e);
    }
  }

  /**
   * {@return the exception that says what went wrong, for a step of {@link #program} that failed
   * elsewhere, in a child for example}: a {@link LayerLimitException}, a {@link
   * PathChangedException}, or what was given.
   */
  public SetupException identify(SetupException failure) {
    for (Step step : program.steps()) {
      if (!step.toString().equals(failure.call())) {
        continue;
      }
      if (step.syscall().equals(RulesetSteps.RESTRICT_CALL) && failure.errno() == Errno.E2BIG) {
        return new LayerLimitException(step, failure);
      }
      boolean changed =
          switch (step.syscall()) {
            case RulesetSteps.VERIFY_CALL -> failure.errno() == Errno.ESTALE;
            case "openat", "openat2" ->
                failure.errno() == Errno.ELOOP
                    || failure.errno() == Errno.ENOENT
                    || failure.errno() == Errno.ENOTDIR;
            default -> false;
          };
      if (changed) {
        return new PathChangedException(step, failure);
      }
    }
    return failure;
  }

  private void requireSomething() {
    if (status == Status.NONE) {
      throw new IllegalStateException("this layer restricts nothing (" + support + "): " + gaps);
    }
  }

  static void requireOwnThread() {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      throw new IllegalStateException(
          "a virtual thread cannot be restricted: its carrier would be, and with it all virtual"
              + " threads that run there. Use a platform thread");
    }
    if (thread instanceof ForkJoinWorkerThread worker
        && worker.getPool().equals(ForkJoinPool.commonPool())) {
      throw new IllegalStateException(
          "a worker of the common pool cannot be restricted: whatever runs on it later would be."
              + " Use a thread of your own");
    }
  }
}
