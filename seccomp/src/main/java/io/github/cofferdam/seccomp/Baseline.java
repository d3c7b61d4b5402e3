package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;

/**
 * The filter for any sandboxed program: a deny list of system calls that ordinary programs do not
 * need and that open ways around the other walls, or around this one. An immutable value.
 *
 * {@snippet :
 * SeccompFilter filter = Baseline.of(Arch.host()).sockets(Sockets.TCP).filter();
 * }
 *
 * <p>Refused with EPERM, always:
 *
 * <ul>
 *   <li>mounts: {@code mount}, {@code umount2}, the calls of the newer interface, {@code
 *       pivot_root}, {@code chroot};
 *   <li>namespaces: {@code unshare}, {@code setns}, {@code clone} with any {@code CLONE_NEW*} flag,
 *       {@code listns};
 *   <li>other processes: {@code ptrace} (so no strace and no gdb, but for {@link #tracing}), {@code
 *       process_vm_readv}, {@code process_vm_writev}, {@code kcmp}, {@code pidfd_getfd}, {@code
 *       process_madvise}, {@code process_mrelease}, core scheduling ({@code prctl});
 *   <li>changes of limits, scheduling, I/O priority and memory placement of processes that are
 *       named by number or by their user, and timers on their CPU clocks, save for those that
 *       {@link #ownNumbers} tells of; 0, which is the caller, passes (docs/calls.md has every
 *       call);
 *   <li>modes with the set-user-id or set-group-id bit, wherever a call takes a mode;
 *   <li>leases and dnotify ({@code fcntl}), which hold up or watch others, and F_SET_RW_HINT, which
 *       changes files that are open for reading;
 *   <li>kernel: modules, {@code kexec}, {@code bpf}, {@code perf_event_open}, {@code userfaultfd},
 *       {@code fanotify}, keyrings, file handles, quotas, swap, accounting, host and domain name,
 *       clock, I/O ports, {@code modify_ldt}, {@code syslog}, {@code reboot}, uprobes, and calls
 *       that the kernel has given up;
 *   <li>{@code personality}, save for Linux, {@code PER_LINUX32} and {@code UNAME26}: others weaken
 *       memory protection;
 *   <li>{@code ioctl} with TIOCSTI and TIOCLINUX, which type into the terminal, with TIOCSETD,
 *       TIOCEXCL and TCXONC, which take it from others, and with commands of file systems that
 *       make, delete and lock up files (subvolumes, snapshots, encryption keys).
 * </ul>
 *
 * <p>Answered with ENOSYS, as if the kernel lacked them: {@code io_uring_*}, whose requests no
 * filter sees; {@code clone3} and {@code openat2}, whose flags lie in memory (C libraries fall back
 * to {@code clone} and {@code openat}); numbers that the system call table does not know. A call of
 * another architecture kills.
 *
 * <p>Allowed on purpose: {@code memfd_create}, {@code memfd_secret}, {@code execveat}, {@code
 * landlock_*} and {@code seccomp} (walls inside the wall only narrow it).
 *
 * <p>The switches begin at their strictest, save for {@link #metadataChanges} and {@link
 * #fileWatches}.
 *
 * @param arch whose calls are filtered
 * @param sockets internet and netlink sockets
 * @param unixSockets whether AF_UNIX sockets can be made; socket pairs always can, but without this
 *     only of the connected types, since a datagram pair could send to any address; and where no
 *     other socket can be made either, none can be given a name ({@code bind})
 * @param ipc whether System V IPC and POSIX message queues are there: only for processes in an IPC
 *     namespace of their own, else they reach whatever the user has running
 * @param metadataChanges whether mode, owner, times and extended attributes of files can be
 *     changed. Landlock does not see that, so read-only files stay open to it; without it {@code cp
 *     -p}, {@code tar -x}, {@code chmod} and {@code touch} on existing files fail with EPERM
 * @param ownNumbers whether process ids name only the run's own processes, and 1 their init: only
 *     for processes in a process-id namespace of their own. Without it, no call that changes
 *     something takes any number but 0, so {@code pthread_setaffinity_np}, {@code
 *     pthread_setschedparam}, {@code renice} and {@code taskset -p} fail with EPERM
 * @param signalScope whether a Landlock scope keeps signals inside. Without it there is no {@code
 *     pidfd_send_signal}. Input and output are never announced by signals ({@code O_ASYNC}, {@code
 *     F_SETOWN}, {@code F_SETSIG}): a descriptor that was handed in may have an owner outside
 * @param fileWatches whether inotify(7) can be told what to watch: it tells names and activity in
 *     directories that the user may read, whatever Landlock grants
 * @param coreLimitChanges whether the limit of core files (RLIMIT_CORE) can be changed. Without it
 *     {@code setrlimit} and {@code prlimit64} of the caller's own change nothing and say that they
 *     did; {@code prlimit64} that asks for the old limit as well, or names a process, fails with
 *     EPERM. Only for processes whose limit is such that a crash leaves nothing: then who lowers it
 *     to 0 (gpg, ssh-agent, {@code ulimit -c 0}) has what he wants, and who raises it gets no core
 *     file
 * @param tracing whether processes can be traced by those that start them ({@code ptrace}), and
 *     their memory read and written ({@code process_vm_readv}, {@code process_vm_writev}): for
 *     debuggers. To attach to one stays refused: two that had each other stop at their ends could
 *     never be killed. Only where another wall keeps those outside from it, as a Landlock domain
 *     does, or a user namespace without capabilities in it
 */
public record Baseline(
    Arch arch,
    Sockets sockets,
    boolean unixSockets,
    boolean ipc,
    boolean metadataChanges,
    boolean ownNumbers,
    boolean signalScope,
    boolean fileWatches,
    boolean coreLimitChanges,
    boolean tracing) {

  private static final Action ALLOW = Action.allow();
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  /**
   * {@return the strictest baseline, but with changes of metadata and of the limit of core files}
   */
  public static Baseline of(Arch arch) {
    return new Baseline(arch, Sockets.NONE, false, false, true, false, false, true, true, false);
  }

  /** {@return this baseline with other internet and netlink sockets} */
  public Baseline sockets(Sockets value) {
    var next = new Next(this);
    next.sockets = value;
    return next.baseline();
  }

  /** {@return this baseline with or without AF_UNIX sockets} */
  public Baseline unixSockets(boolean allowed) {
    var next = new Next(this);
    next.unixSockets = allowed;
    return next.baseline();
  }

  /** {@return this baseline with or without System V IPC and POSIX message queues} */
  public Baseline ipc(boolean allowed) {
    var next = new Next(this);
    next.ipc = allowed;
    return next.baseline();
  }

  /** {@return this baseline with or without changes of file metadata} */
  public Baseline metadataChanges(boolean allowed) {
    var next = new Next(this);
    next.metadataChanges = allowed;
    return next.baseline();
  }

  /** {@return this baseline for processes with or without a process-id namespace of their own} */
  public Baseline ownNumbers(boolean only) {
    var next = new Next(this);
    next.ownNumbers = only;
    return next.baseline();
  }

  /** {@return this baseline for processes with or without a Landlock scope around signals} */
  public Baseline signalScope(boolean held) {
    var next = new Next(this);
    next.signalScope = held;
    return next.baseline();
  }

  /** {@return this baseline with or without watches of files and directories} */
  public Baseline fileWatches(boolean allowed) {
    var next = new Next(this);
    next.fileWatches = allowed;
    return next.baseline();
  }

  /** {@return this baseline with or without changes of the limit of core files} */
  public Baseline coreLimitChanges(boolean allowed) {
    var next = new Next(this);
    next.coreLimitChanges = allowed;
    return next.baseline();
  }

  /** {@return this baseline with or without tracing of processes} */
  public Baseline tracing(boolean allowed) {
    var next = new Next(this);
    next.tracing = allowed;
    return next.baseline();
  }

  // Generated ones are bootstrapped anew in every process, which takes longer than asking for them.
  @Override
  public boolean equals(Object other) {
    return other instanceof Baseline baseline
        && arch == baseline.arch
        && sockets == baseline.sockets
        && switches() == baseline.switches();
  }

  @Override
  public int hashCode() {
    return (arch.hashCode() * 31 + sockets.hashCode()) * 31 + switches();
  }

  private int switches() {
    int switches = 0;
    for (boolean on :
        new boolean[] {
          unixSockets,
          ipc,
          metadataChanges,
          ownNumbers,
          signalScope,
          fileWatches,
          coreLimitChanges,
          tracing
        }) {
      switches = switches << 1 | (on ? 1 : 0);
    }
    return switches;
  }

  /** All of it in one word. */
  String name() {
    return arch + "-" + sockets + "-" + switches();
  }

  /** {@return the filter} */
  public SeccompFilter filter() {
    return rules().build();
  }

  /**
   * {@return the program of the {@link #filter}} It is the same; for the baselines that most
   * sandboxes have it was compiled beforehand, which saves a virtual machine that has just started
   * tens of milliseconds.
   */
  public BpfProgram program() {
    return KnownPrograms.of(this).orElseGet(() -> filter().program());
  }

  /** {@return the rules, to which more can be added} */
  public SeccompFilter.Builder rules() {
    var rules = SeccompFilter.denyList(arch);
    rules.on(SyscallSet.DANGEROUS, REFUSE);
    rules.on(SyscallSet.UNSEEN, Action.errno(Errno.ENOSYS));
    if (!ipc) {
      rules.on(SyscallSet.IPC, REFUSE);
    }
    if (!metadataChanges) {
      rules.on(SyscallSet.FILE_METADATA, REFUSE);
    }
    if (tracing) {
      ProcessGuards.replaceTracing(rules);
    }
    rules.on("clone", Guards.cloning());
    rules.on("personality", Guards.personality());
    Guards.addWithoutSetId(rules, metadataChanges);
    ProcessGuards.add(rules, ownNumbers);
    if (!coreLimitChanges) {
      LimitGuards.add(rules, ownNumbers, false);
    }
    ProcessGuards.addMemoryPlacement(rules, ownNumbers);
    rules.on("prctl", ProcessGuards.noForeignCores());
    rules.on("fcntl", ProcessGuards.descriptorCommands());
    if (!signalScope) {
      rules.on("pidfd_send_signal", REFUSE);
    }
    if (!fileWatches) {
      rules.on("inotify_add_watch", REFUSE);
    }
    rules.on("ioctl", IoctlGuards.rule(metadataChanges, sockets != Sockets.GIVEN));
    addSockets(rules);
    return rules;
  }

  private void addSockets(SeccompFilter.Builder rules) {
    rules.on(
        "socketpair",
        unixSockets
            ? when(Guards.LOCAL).then(ALLOW).otherwise(REFUSE)
            : Guards.connectedPairs(Guards.SOCK_STREAM, Guards.SOCK_SEQPACKET));
    Action unix = unixSockets ? ALLOW : REFUSE;
    if (sockets == Sockets.NONE && !unixSockets) {
      // One of a pair could still be given an abstract name, which its whole namespace sees.
      rules.on("bind", REFUSE);
    }
    rules.on(
        "socket",
        switch (sockets) {
          case NONE -> when(Guards.LOCAL).then(unix).otherwise(REFUSE);
          case TCP, CONNECTING ->
              when(Guards.TCP)
                  .then(ALLOW)
                  .orWhen(Guards.ROUTING)
                  .then(ALLOW)
                  .orWhen(Guards.LOCAL)
                  .then(unix)
                  .otherwise(REFUSE);
          case INTERNET, ASKED_CONNECTS ->
              when(Guards.INTERNET)
                  .then(ALLOW)
                  .orWhen(Guards.ROUTING)
                  .then(ALLOW)
                  .orWhen(Guards.LOCAL)
                  .then(unix)
                  .otherwise(REFUSE);
          case ASKED, GIVEN ->
              when(Guards.INTERNET)
                  .then(sockets == Sockets.GIVEN ? Action.userNotification() : ALLOW)
                  .orWhen(Guards.LOCAL)
                  .then(unix)
                  .otherwise(REFUSE);
        });
    switch (sockets) {
      case NONE, INTERNET -> {}
      case TCP -> Guards.addWithoutFastOpen(rules);
      case CONNECTING -> {
        Guards.addWithoutFastOpen(rules);
        rules.on("listen", REFUSE);
      }
      case ASKED_CONNECTS -> {
        Guards.addWithoutFastOpen(rules);
        rules.on("connect", Action.userNotification());
      }
      case ASKED, GIVEN -> SocketGuards.addAsked(rules);
    }
  }

  /** A baseline that is to be, whose switches have names: in a row, one is taken for another. */
  private static final class Next {
    private final Arch arch;
    private Sockets sockets;
    private boolean unixSockets;
    private boolean ipc;
    private boolean metadataChanges;
    private boolean ownNumbers;
    private boolean signalScope;
    private boolean fileWatches;
    private boolean coreLimitChanges;
    private boolean tracing;

    Next(Baseline from) {
      arch = from.arch;
      sockets = from.sockets;
      unixSockets = from.unixSockets;
      ipc = from.ipc;
      metadataChanges = from.metadataChanges;
      ownNumbers = from.ownNumbers;
      signalScope = from.signalScope;
      fileWatches = from.fileWatches;
      coreLimitChanges = from.coreLimitChanges;
      tracing = from.tracing;
    }

    Baseline baseline() {
      return new Baseline(
          arch,
          sockets,
          unixSockets,
          ipc,
          metadataChanges,
          ownNumbers,
          signalScope,
          fileWatches,
          coreLimitChanges,
          tracing);
    }
  }
}
