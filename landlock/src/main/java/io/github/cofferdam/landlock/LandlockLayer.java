package io.github.cofferdam.landlock;

import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * A {@link LandlockPolicy} for one kernel: the system calls that enforce it, and an account of what
 * they enforce and what not. A process can be in at most 16 layers; all of them hold.
 *
 * @param abi what the kernel offers
 * @param program creates the ruleset, adds the rules and enters the domain; the caller has to set
 *     {@code no_new_privs} before ({@link NoNewPrivileges}) unless it has CAP_SYS_ADMIN, or gets
 *     EPERM. Empty where nothing can be enforced. Mounting must be done with by then: a layer that
 *     handles files denies it
 * @param status how much of the policy it enforces
 * @param gaps what the policy asks for and the kernel does not have
 * @param grants what became of each grant on a path
 * @param skipped optional paths that were missing
 */
public record LandlockLayer(
    Abi abi,
    SetupProgram program,
    Status status,
    List<Gap> gaps,
    List<ResolvedGrant> grants,
    List<Path> skipped) {

  /** How much of a policy is enforced. */
  public enum Status {
    /** Every restriction. */
    FULL,
    /** Some restrictions; the gaps name the others. */
    PARTIAL,
    /** No restriction at all. */
    NONE
  }

  /** Copies. */
  public LandlockLayer {
    gaps = List.copyOf(gaps);
    grants = List.copyOf(grants);
    skipped = List.copyOf(skipped);
  }

  /**
   * Gives up gaining privileges and enters the domain, for the calling thread and all threads and
   * processes that it starts from now on, for good. Other threads are not affected.
   *
   * <p>Take a thread of your own that ends soon and starts nothing for others: workers of {@link
   * ForkJoinPool#commonPool} and the thread that collects the JDK's child processes, if they are
   * first started from here, stay confined for the life of this virtual machine. The recommended
   * target is a child process.
   *
   * <p>A partial layer is entered as it is; look at {@link #status} and {@link #gaps} before.
   *
   * @throws IllegalStateException if the thread is virtual or a worker of the common pool, whose
   *     kernel thread belongs to others; or if this layer restricts nothing
   * @throws SetupException if a system call fails; the thread is then not in the domain: EOPNOTSUPP
   *     and ENOSYS without Landlock, E2BIG for the 17th layer, ENOENT or ELOOP if a path has
   *     changed since it was looked up
   */
  public void restrictThisThread() throws SetupException {
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
    if (status == Status.NONE) {
      throw new IllegalStateException("this layer restricts nothing (" + abi + "): " + gaps);
    }
    NoNewPrivileges.program().then(program).run();
  }
}
